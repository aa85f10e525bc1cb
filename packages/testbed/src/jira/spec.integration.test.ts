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
import { generateJiraWorld } from './generate.ts';
import { type JiraSimulator, serves, startJira } from './server.ts';

/** Atlassian's own description of its API; it lies beside the repository and is not part of it. */
const description = fileURLToPath(new URL('../../../../../shared/specs/jira-cloud-v3.openapi.json', import.meta.url));
const isPresent = existsSync(description);
if (!isPresent) console.log(`Left out: no description of the Jira API at ${description}.`);

const jira = connectors.get('jira') ?? fail();

/** Refuses, with an answer of its own, every request and every response that the description does not allow. */
(isPresent ? describe : describe.skip)("connector and simulator keep to Jira's description", () => {
  let simulator: JiraSimulator;
  let prism: { readonly url: string; readonly child: ChildProcess };
  const folder = mkdtempSync(join(tmpdir(), 'jira-description-'));

  beforeAll(async () => {
    const readable = join(folder, 'description.json');
    writeFileSync(readable, readableDescription());
    simulator = await startJira(generateJiraWorld(), { pageSize: 5 });
    prism = await startPrism(readable, simulator.url);
    simulator.publicUrl = prism.url;
  });
  afterAll(async () => {
    await simulator.close();
    prism.child.kill();
    if (prism.child.exitCode === null) await once(prism.child, 'exit');
    rmSync(folder, { recursive: true });
  });

  async function connect() {
    const settings = jira.settings.parse({ siteUrl: simulator.world.siteUrl });
    const { email, secret } = simulator.world.tokens[0] ?? fail();
    const credentials = { kind: 'api_token', email, token: secret };
    return jira.connect({ credentials, settings }, testRuntime({ connector: jira, endpoint: prism.url }));
  }

  it('which is held against them: an answer that only the connector would accept does not pass', async () => {
    const body = { startAt: 0, maxResults: 50, total: 1, isLast: true, values: [{ groupId: 'x', name: 'x', size: 1 }] };
    simulator.faults.add({ kind: 'body', match: /group\/bulk/, body });
    const stream = jira.streams.find(({ evidence }) => evidence.name === 'jira.group') ?? fail();
    await expect(collectStream(stream, await connect())).rejects.toMatchObject({ code: 'service_unavailable' });
  });

  it('in check()', async () => {
    expect(await jira.check(await connect())).toMatchObject({ account: { id: simulator.world.cloudId } });
  });

  it.each(jira.streams.map((stream) => [stream.evidence.name, stream] as const))('in %s', async (_name, stream) => {
    const { rows, gaps } = await collectStream(stream, await connect());
    expect(gaps).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  });

  it.each(
    jira.streams.flatMap((stream) => (stream.probe === undefined ? [] : [[stream.evidence.name, stream] as const])),
  )('in the probe of %s', async (_name, stream) => {
    const client = await connect();
    const { evidence, probe } = stream;
    const row = (await collectStream(stream, client)).rows[0] ?? fail();
    const context = { slice: { id: '' }, since: undefined, resume: undefined, signal: new AbortController().signal };
    const probed = evidence.schema.parse(await probe?.(client, row, context));
    expect(materialOf(evidence, probed)).toEqual(materialOf(evidence, row));
  });
});

/** The description is that of the REST API: the address that tells the id of a site stands in Atlassian's help only, and is added. */
function readableDescription(): string {
  const whole = JSON.parse(readFileSync(description, 'utf8'));
  const properties = { cloudId: { type: 'string' } };
  const schema = { type: 'object', required: ['cloudId'], properties, additionalProperties: false };
  const answer = { description: 'The id of the site.', content: { 'application/json': { schema } } };
  whole.paths['/_edge/tenant_info'] = { get: { operationId: 'tenantInfo', responses: { 200: answer } } };
  return JSON.stringify(servedDescription(whole, serves));
}

function fail(): never {
  throw new Error('there is no such thing in this test');
}
