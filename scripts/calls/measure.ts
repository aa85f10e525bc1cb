import { createHash } from 'node:crypto';
import { type Connector, countCalls } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import { canonicalJson } from '@evidence-fleet/engine';
import type { Fleet } from '@evidence-fleet/testbed';
import { callsOver } from '../bench/quota-load/limited-provider.ts';
import type { Provider } from './provider.ts';
import { createSyncs } from './syncs.ts';

/** More calls than this many times the least are a miss. */
const mostTimesTheLeast = 1.2;

/** What the first reading of one type brought and took; the calls with which its run begins count on both sides. */
export interface TypeMeasure {
  readonly type: string;
  readonly stored: number;
  readonly expected: number;
  readonly calls: number;
  readonly least: number;
  /** Calls of the least that are there for proof only. */
  readonly proof: number;
  readonly misses: readonly string[];
}

export interface Measure {
  readonly provider: Provider;
  readonly types: readonly TypeMeasure[];
  /** Calls that the provider refused, and those that were one too many in a window of a quota. */
  readonly refused: number;
  readonly overQuota: number;
  readonly seconds: number;
}

/** Reads every type of a provider for the first time, one after the other. @param tell hears of each type */
export async function measure(fleet: Fleet, provider: Provider, tell: (type: TypeMeasure) => void): Promise<Measure> {
  const connector = connectors.get(provider.connector);
  if (connector === undefined) throw new Error(`the catalogue has no ${provider.connector}`);
  const began = performance.now();
  const tenant = await fleet.tenant(provider.connector);
  const syncs = createSyncs(fleet, provider.quotaFactor);
  const types: TypeMeasure[] = [];
  try {
    for (const stream of connector.streams) {
      const type = stream.evidence.name;
      const before = provider.requests.length;
      const integration = { ...provider.integration, connector: connector.id };
      await syncs.readFirst(tenant, { type, integration });
      const calls = provider.requests.length - before;
      const { least, proof } = leastOf(connector, stream, provider);
      const { misses, ...rows } = compared(provider, type, await readLedger(fleet, tenant.organizationId, type));
      const measured = { type, ...rows, calls, least, proof, misses: [...misses, ...judgeCalls(calls, least)] };
      types.push(measured);
      tell(measured);
    }
  } finally {
    syncs.close();
  }
  return { provider, types, ...judgeQuotas(connector, provider), seconds: (performance.now() - began) / 1000 };
}

function leastOf(connector: Connector, { calls }: Connector['streams'][number], { counts }: Provider) {
  const proof = countCalls(calls.proves ?? [], counts);
  return { proof, least: countCalls(connector.calls.begins, counts) + countCalls(calls.reads, counts) + proof };
}

/** Fewer calls than the formula gives are a miss, too: then it is not the least. */
function judgeCalls(calls: number, least: number): string[] {
  if (calls > mostTimesTheLeast * least) return [`${calls} calls, and ${least} are enough`];
  return calls < least ? [`${calls} calls were enough, and the formula gives ${least}`] : [];
}

interface Ledger {
  /** SHA-256 of the keys, in hexadecimal. */
  readonly keys: ReadonlySet<string>;
  /** What could not be read; that a first reading is not confirmed yet is left out. */
  readonly gaps: readonly string[];
}

async function readLedger({ superuser }: Fleet, organizationId: string, type: string): Promise<Ledger> {
  const keys = await superuser.query<{ sha: string }>(
    `SELECT encode(key_sha, 'hex') AS sha FROM evidence WHERE organization_id = $1 AND type = $2 AND valid_to IS NULL`,
    [organizationId, type],
  );
  const gaps = await superuser.query<{ detail: string }>(
    `SELECT detail FROM gap WHERE organization_id = $1 AND type = $2 AND closed_at IS NULL AND reason <> 'unconfirmed'`,
    [organizationId, type],
  );
  return { keys: new Set(keys.rows.map(({ sha }) => sha)), gaps: gaps.rows.map(({ detail }) => detail) };
}

function compared({ truth }: Provider, type: string, { keys, gaps }: Ledger) {
  const wanted = new Set(truth.filter((one) => one.type === type).map(({ key }) => shaOf(key)));
  const missing = [...wanted].filter((sha) => !keys.has(sha)).length;
  const surplus = [...keys].filter((sha) => !wanted.has(sha)).length;
  const misses = [
    ...(missing + surplus === 0 ? [] : [`${missing} missing, ${surplus} that do not exist`]),
    ...gaps.map((detail) => `a gap: ${detail}`),
  ];
  return { stored: keys.size, expected: wanted.size, misses };
}

function shaOf(key: readonly (string | number)[]): string {
  return createHash('sha256').update(canonicalJson(key)).digest('hex');
}

/** By the provider's own log: no call refused for its number, and no window of any quota with more calls than that allows. */
function judgeQuotas({ limits }: Connector, provider: Provider): Pick<Measure, 'refused' | 'overQuota'> {
  const arrivals = provider.arrivals();
  const limitOf = (operation: string) =>
    limits.find(({ operations }) => operations?.some((prefix) => operation.startsWith(prefix)) ?? true);
  const byLimit = Map.groupBy(arrivals, ({ operation }) => limitOf(operation));
  const over = limits.map((limit) => {
    const times = (byLimit.get(limit) ?? []).map(({ at }) => at).sort((one, other) => one - other);
    return callsOver(times, { limit: limit.requests * provider.quotaFactor, windowMs: limit.perMs });
  });
  return {
    refused: arrivals.filter(({ status }) => status === 429 || status === 403).length,
    overQuota: over.reduce((sum, count) => sum + count, 0),
  };
}
