import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectors } from '@evidence-fleet/connectors';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collectStream, materialOf } from '../collect-stream.ts';
import { servedDescription } from '../served-description.ts';
import { startPrism } from '../start-prism.ts';
import { testRuntime } from '../test-runtime.ts';
import { generateOktaWorld } from './generate.ts';
import { type OktaSimulator, serves, startOkta } from './server.ts';

/** Okta's own description of its API; it lies beside the repository and is not part of it. */
const description = fileURLToPath(new URL('../../../../../shared/specs/okta-management.openapi.json', import.meta.url));
const isPresent = existsSync(description);
if (!isPresent) console.log(`Left out: no description of the Okta API at ${description}.`);

const okta = connectors.get('okta') ?? fail();

/** Refuses, with an answer of its own, every request and every response that the description does not allow. */
(isPresent ? describe : describe.skip)("connector and simulator keep to Okta's description", () => {
  let simulator: OktaSimulator;
  let prism: { readonly url: string; readonly child: ChildProcess };
  const folder = mkdtempSync(join(tmpdir(), 'okta-description-'));

  beforeAll(async () => {
    const readable = join(folder, 'description.json');
    writeFileSync(readable, readableDescription());
    simulator = await startOkta(generateOktaWorld(), { pageSize: 5 });
    prism = await startPrism(readable, simulator.url);
    simulator.publicUrl = prism.url;
  });
  afterAll(async () => {
    await simulator.close();
    prism.child.kill();
    if (prism.child.exitCode === null) await once(prism.child, 'exit');
    rmSync(folder, { recursive: true });
  });

  /** With an API token: the description knows neither the token endpoint nor the roles of a service app. */
  async function connect() {
    const settings = okta.settings.parse({ orgUrl: simulator.world.orgUrl });
    const credentials = { kind: 'ssws', token: simulator.world.tokens[0]?.secret ?? '' };
    return okta.connect({ credentials, settings }, testRuntime({ connector: okta, endpoint: prism.url }));
  }

  it('which is held against them: an answer that only the connector would accept does not pass', async () => {
    const body = [{ id: 'x', key: 'okta_verify', name: 'x', type: 'no such type', status: 'ACTIVE' }];
    simulator.faults.add({ kind: 'body', match: /authenticators/, body });
    const stream = okta.streams.find(({ evidence }) => evidence.name === 'okta.authenticator') ?? fail();
    await expect(collectStream(stream, await connect())).rejects.toMatchObject({ code: 'service_unavailable' });
  });

  it('in check()', async () => {
    expect(await okta.check(await connect())).toMatchObject({ account: { id: simulator.world.orgId } });
  });

  it.each(okta.streams.map((stream) => [stream.evidence.name, stream] as const))('in %s', async (_name, stream) => {
    const { rows, gaps } = await collectStream(stream, await connect());
    expect(gaps).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  });

  it.each(
    okta.streams.flatMap((stream) => (stream.probe === undefined ? [] : [[stream.evidence.name, stream] as const])),
  )('in the probe of %s', async (_name, stream) => {
    const client = await connect();
    const { evidence, probe } = stream;
    const row = (await collectStream(stream, client)).rows[0] ?? fail();
    const context = { slice: { id: '' }, since: undefined, resume: undefined, signal: new AbortController().signal };
    const probed = evidence.schema.parse(await probe?.(client, row, context));
    expect(materialOf(evidence, probed)).toEqual(materialOf(evidence, row));
  });
});

/**
 * A role is described as one of two schemas that allow the same things and are told apart by a discriminator, which the proxy does not
 * read: taken literally, no role keeps to both and to one only. It is read as any of the two.
 */
function readableDescription(): string {
  const whole = JSON.parse(readFileSync(description, 'utf8'));
  for (const path of ['/api/v1/users/{userId}/roles', '/api/v1/groups/{groupId}/roles']) {
    const { items } = whole.paths[path].get.responses['200'].content['application/json'].schema;
    items.anyOf = items.oneOf;
    delete items.oneOf;
  }
  return JSON.stringify(servedDescription(whole, serves));
}

function fail(): never {
  throw new Error('there is no such thing in this test');
}
