import { setTimeout as sleep } from 'node:timers/promises';
import { requestSync } from '@evidence-fleet/db';
import { type GitHubSimulator, until } from '@evidence-fleet/testbed';
import type { FleetStand } from './fleet-stand.ts';

/** One of the connector's types: a sync of a few calls, that soon gives its slot back. */
const types = ['github.organization'];

/** Somebody with one integration, at a provider of its own whose log tells when it was called. */
interface Asker {
  readonly organizationId: string;
  readonly integrationId: string;
  readonly simulator: GitHubSimulator;
}

export interface Demand {
  /** Asks for syncs, each when the one before has ended. */
  inTurn(requests: number): Promise<Waits>;
  /** Asks for one every so many milliseconds, whether or not the one before has begun. */
  atPace(requests: number, everyMs: number): Promise<Waits>;
}

/** Of each request, how long it took until the provider was called; milliseconds. */
type Waits = readonly number[];

/** Askers whose integrations have been read before, so that no first reading is under way that asks for a second one. */
export async function createDemand(stand: FleetStand, count: number): Promise<Demand> {
  const askers: Asker[] = [];
  for (let nth = 0; nth < count; nth += 1) askers.push(await createAsker(stand, nth));
  for (const asker of askers) {
    await ask(stand, asker);
    await isQuiet(stand, asker);
  }
  let turn = 0;
  const next = (): Asker => {
    const asker = askers[turn++ % askers.length];
    if (asker === undefined) throw new Error('Nobody asks.');
    return asker;
  };
  return {
    inTurn: (requests) =>
      counted(stand, requests, async () => {
        const waits: number[] = [];
        for (let nth = 0; nth < requests; nth += 1) {
          const asker = next();
          waits.push(await waitOf(stand, asker));
          await isQuiet(stand, asker);
        }
        return waits;
      }),
    atPace: (requests, everyMs) =>
      counted(stand, requests, async () => {
        const waiting: Promise<number>[] = [];
        for (let nth = 0; nth < requests; nth += 1) {
          const asker = next();
          await Promise.all([isQuiet(stand, asker), sleep(everyMs)]);
          const wait = waitOf(stand, asker);
          wait.catch(() => {}); // heard below, when all have been asked for
          waiting.push(wait);
        }
        const waits = await Promise.all(waiting);
        for (const asker of askers) await isQuiet(stand, asker);
        return waits;
      }),
  };
}

/** Throws unless each request made one run and each run succeeded. */
async function counted(stand: FleetStand, requests: number, play: () => Promise<Waits>): Promise<Waits> {
  const succeeded = () => stand.count(`FROM sync_run WHERE trigger = 'demand' AND state = 'succeeded'`);
  const before = await succeeded();
  const waits = await play();
  const made = (await succeeded()) - before;
  if (made !== requests) throw new Error(`${made} syncs have succeeded where ${requests} were asked for.`);
  return waits;
}

async function createAsker(stand: FleetStand, nth: number): Promise<Asker> {
  const simulator = await stand.simulate(0);
  const { organizationId, add } = await stand.fleet.tenant(`asker-${nth}`);
  const integrationId = await add({
    connector: 'github',
    name: 'github',
    kind: 'token',
    secrets: { token: stand.world.tokens[nth]?.secret },
    settings: { organizations: [stand.world.organizations[nth]?.login] },
    endpoint: simulator.url,
  });
  await stand.fleet.superuser.query('UPDATE integration SET next_health_at = NULL WHERE id = $1', [integrationId]);
  return { organizationId, integrationId, simulator };
}

async function waitOf(stand: FleetStand, asker: Asker): Promise<number> {
  const { requests } = asker.simulator;
  requests.length = 0;
  const at = Date.now();
  await ask(stand, asker);
  const called = () => requests[0]?.at;
  return (await until('the provider is called', called, { everyMs: 5 })) - at;
}

/** As the command line does: the row first, then the doorbell. */
async function ask({ fleet, producer }: FleetStand, { organizationId, integrationId }: Asker): Promise<void> {
  const { how, ring } = await requestSync(fleet.database, { organizationId, integrationId, types });
  if (ring === null) throw new Error(`The request was ${how} instead of a run of its own.`);
  await producer.ringSync([{ ...ring, queue: 'sync-now' }]);
}

async function isQuiet({ count }: FleetStand, { organizationId }: Asker): Promise<void> {
  const unfinished = 'FROM sync_run WHERE organization_id = $1 AND finished_at IS NULL';
  await until('a sync has ended', async () => (await count(unfinished, organizationId)) === 0);
}
