import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Connector } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collectStream } from '../collect-stream.ts';
import { startPrism } from '../start-prism.ts';
import { testRuntime } from '../test-runtime.ts';
import { installApp } from './app.ts';
import { generateGitHubWorld } from './generate.ts';
import { type GitHubSimulator, startGitHub } from './server.ts';

/** GitHub's own description of its API; it lies beside the repository and is not part of it. */
const description = fileURLToPath(new URL('../../../../../shared/specs/github-rest.openapi.json', import.meta.url));
const isPresent = existsSync(description);
if (!isPresent) console.log(`Left out: no description of the GitHub API at ${description}.`);

/** Refuses, with an answer of its own, every request and every response that the description does not allow. */
(isPresent ? describe : describe.skip)("connector and simulator keep to GitHub's description", () => {
  let simulator: GitHubSimulator;
  let app: ReturnType<typeof installApp>;
  let prism: { readonly url: string; readonly child: ChildProcess };
  let folder: string;

  beforeAll(async () => {
    const world = generateGitHubWorld({ repositories: 104, members: 104, pullRequests: 6, alerts: 104, denied: 0 });
    folder = mkdtempSync(join(tmpdir(), 'github-description-'));
    app = installApp(world, world.organizations[0]?.id ?? 0);
    simulator = await startGitHub(world);
    prism = await startPrism(completed(folder), simulator.url);
    simulator.publicUrl = prism.url;
  });
  afterAll(async () => {
    await simulator.close();
    rmSync(folder, { recursive: true });
    prism.child.kill();
    if (prism.child.exitCode === null) await once(prism.child, 'exit');
  });

  async function connect(
    credentials: Parameters<Connector['connect']>[0]['credentials'] = {
      kind: 'token',
      token: simulator.tokens[0]?.secret ?? '',
    },
  ) {
    const github = connectors.get('github');
    if (github === undefined) throw new Error('the catalogue has no GitHub');
    const settings = github.settings.parse({ organizations: ['example-org-1'], pullRequestDays: 400 });
    const runtime = testRuntime({ connector: github, endpoint: prism.url });
    return { github, client: await github.connect({ credentials: credentials, settings }, runtime) };
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

  it('in check() of an App, and in what it was installed on', async () => {
    const { github, client } = await connect(app.credentials);
    expect(await github.check(client)).toMatchObject({ account: { id: '7000017' } });
    const stream = github.streams.find(({ evidence }) => evidence.name === 'github.repository');
    if (stream === undefined) throw new Error('no stream of repositories');
    expect((await collectStream(stream, client)).rows).toHaveLength(104);
  });

  it.each([
    'github.branch_protection',
    'github.code_scanning_alert',
    'github.collaborator',
    'github.commit_signature',
    'github.dependabot_alert',
    'github.org_member',
    'github.organization',
    'github.outside_collaborator',
    'github.pull_request',
    'github.repository',
    'github.ruleset',
    'github.secret_scanning_alert',
    'github.team',
    'github.team_member',
    'github.webhook',
    'github.workflow_run',
  ])('in %s', async (name) => {
    const { github, client } = await connect();
    const stream = github.streams.find(({ evidence }) => evidence.name === name);
    if (stream === undefined) throw new Error(`no stream of ${name}`);
    const { rows, gaps } = await collectStream(stream, client);
    expect(gaps).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  });
});

/** The description leaves out one path, whose answer it describes in another place. */
function completed(folder: string): string {
  const whole = JSON.parse(readFileSync(description, 'utf8'));
  const list = whole.paths['/repos/{owner}/{repo}/rulesets'].get;
  const [owner, repo] = list.parameters;
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/repository-ruleset' } } };
  const id = { name: 'ruleset_id', in: 'path', required: true, schema: { type: 'integer' } };
  whole.paths['/repos/{owner}/{repo}/rulesets/{ruleset_id}'] = {
    get: {
      parameters: [owner, repo, id],
      responses: { ...list.responses, 200: { description: 'A ruleset', content } },
    },
  };
  const file = join(folder, 'github.json');
  writeFileSync(file, JSON.stringify(whole));
  return file;
}
