import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectors } from '@evidence-fleet/connectors';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collectStream } from '../collect-stream.ts';
import { readTestbedEnv } from '../env.ts';
import { freePort } from '../free-port.ts';
import { testRuntime } from '../test-runtime.ts';
import { generateGitHubWorld } from './generate.ts';
import { type GitHubSimulator, startGitHub } from './server.ts';

/** GitHub's own description of its API; it lies beside the repository and is not part of it. */
const description = fileURLToPath(new URL('../../../../../shared/specs/github-rest.openapi.json', import.meta.url));
const isPresent = existsSync(description);
if (!isPresent) console.log(`Left out: no description of the GitHub API at ${description}.`);

/** Refuses, with an answer of its own, every request and every response that the description does not allow. */
(isPresent ? describe : describe.skip)("connector and simulator keep to GitHub's description", () => {
  let simulator: GitHubSimulator;
  let prism: { readonly url: string; readonly child: ChildProcess };

  beforeAll(async () => {
    const world = generateGitHubWorld({ repositories: 104, members: 104, pullRequests: 30, alerts: 104, denied: 0 });
    simulator = await startGitHub(world);
    prism = await startPrism(simulator.url);
    simulator.publicUrl = prism.url;
  });
  afterAll(async () => {
    await simulator.close();
    prism.child.kill();
    if (prism.child.exitCode === null) await once(prism.child, 'exit');
  });

  async function connect() {
    const github = connectors.get('github');
    if (github === undefined) throw new Error('the catalogue has no GitHub');
    const settings = github.settings.parse({ organizations: ['example-org-1'], pullRequestDays: 400 });
    const credentials = { kind: 'token', token: simulator.tokens[0]?.secret ?? '' };
    const runtime = testRuntime({ connector: github, endpoint: prism.url });
    return { github, client: await github.connect({ credentials, settings }, runtime) };
  }

  it('which is held against them: an answer that only the connector would accept does not pass', async () => {
    const { github, client } = await connect();
    simulator.faults.add({ kind: 'body', match: /members/, body: [{ id: 1, login: 'half-a-user' }] });
    const stream = github.streams.find(({ evidence }) => evidence.name === 'github.org_member');
    if (stream === undefined) throw new Error('no stream of members');
    await expect(collectStream(stream, client)).rejects.toMatchObject({ code: 'service_unavailable' });
  });

  it('in check()', async () => {
    const { github, client } = await connect();
    expect(await github.check(client)).toMatchObject({ account: { id: '7000017' } });
  });

  it.each([
    'github.branch_protection',
    'github.dependabot_alert',
    'github.org_member',
    'github.organization',
    'github.pull_request',
    'github.repository',
  ])('in %s', async (name) => {
    const { github, client } = await connect();
    const stream = github.streams.find(({ evidence }) => evidence.name === name);
    if (stream === undefined) throw new Error(`no stream of ${name}`);
    const { rows, gaps } = await collectStream(stream, client);
    expect(gaps).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  });
});

/** Starts the validating proxy in a process of its own and waits until it listens. */
async function startPrism(upstream: string): Promise<{ url: string; child: ChildProcess }> {
  const command = fileURLToPath(
    new URL('../../../../node_modules/@stoplight/prism-cli/dist/index.js', import.meta.url),
  );
  const port = await freePort();
  const options = [command, 'proxy', description, upstream, '--errors', '--host', '127.0.0.1', '--port', String(port)];
  const env = { ...readTestbedEnv().inherited, SCARF_ANALYTICS: 'false' };
  const child = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('is listening')) continue;
    child.stdout.resume(); // what it logs later must not fill the pipe
    return { url: `http://127.0.0.1:${port}`, child };
  }
  throw new Error('Prism ended before it listened.');
}
