import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createToken, type TokenScope, tokenScopes } from '@evidence-fleet/db';
import {
  type Fleet,
  freePort,
  type GitHubSimulator,
  generateGitHubWorld,
  startFleet,
  startGitHub,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createFleetClient, type FleetClient, FleetError } from './index.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('..', import.meta.url));

let fleet: Fleet;
let github: GitHubSimulator;
let url: string;
let token: string;
let client: FleetClient;
let integrationId: string;

/** A whole fleet: API, scheduler and worker as processes of their own, and one organization with a GitHub of its own. */
beforeAll(async () => {
  [fleet, github] = await Promise.all([
    startFleet(),
    startGitHub(generateGitHubWorld({ members: 3, repositories: 2, now: new Date() })),
  ]);
  const tenant = await fleet.tenant('acme');
  const { organizationId } = tenant;
  integrationId = await tenant.add({
    ...{ connector: 'github', name: 'github', kind: 'token', secrets: { token: github.tokens[0]?.secret } },
    ...{ settings: { organizations: [github.world.organizations[0]?.login] }, endpoint: github.url },
  });
  const scopes = Object.keys(tokenScopes) as TokenScope[]; // Object.keys widens the literal keys
  ({ token } = await createToken(fleet.database, { organizationId, name: 'test', scopes, days: 1, actor: 'test' }));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  await Promise.all([
    fleet.start('api', { API_PORT: String(port) }),
    fleet.start('worker'),
    fleet.start('scheduler', { TICK_MS: '200' }),
    run(process.execPath, ['build.mjs'], { cwd: folder }),
  ]);
  client = createFleetClient({ url, token });
}, 120_000);
afterAll(async () => {
  await Promise.all([fleet?.close(), github?.close()]);
});

describe('the client', () => {
  it('is what its README says: the example runs, from another process, against a whole fleet', async () => {
    const readme = await readFile(`${folder}/README.md`, 'utf8');
    const [, example = ''] = /```js\n(import [\s\S]*?)```/.exec(readme) ?? [];
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', example], {
      cwd: folder, // where the package finds itself by its name
      env: { PATH: '/usr/bin:/bin', FLEET_API_URL: url, FLEET_API_TOKEN: token },
    });
    expect(stdout).toMatch(/^github: run [0-9a-f-]{36} \(created\)$/m);
    expect(stdout).toMatch(/^ {2}\w+: \d+ seen, \d+ gaps$/m);
    expect(stdout).toMatch(/^ {2}ended as (succeeded|partial)$/m);
    expect(stdout).toMatch(/^github\.\w+ \S+$/m);
    expect(Number(/^(\d+) pieces of evidence$/m.exec(stdout)?.[1])).toBeGreaterThan(10);
  }, 60_000);

  it('does what the README of the whole says', async () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const [, lines = ''] = /```js\n(import [\s\S]*?)```/.exec(readme) ?? [];
    expect(lines).toContain('http://127.0.0.1:9180');
    const { stdout } = await run(
      process.execPath,
      ['--input-type=module', '-e', lines.replace('http://127.0.0.1:9180', url)],
      {
        cwd: root,
        env: { PATH: '/usr/bin:/bin', FLEET_API_TOKEN: token },
      },
    );
    expect(stdout).toMatch(/^github: (succeeded|partial), \d+ seen$/m);
    expect(stdout).toMatch(/^github\.\w+ \S+$/m);
  }, 60_000);

  it('is also CommonJS', async () => {
    const script = `const { createFleetClient } = require('@evidence-fleet/client');
      createFleetClient({ url: '${url}', token: '${token}' }).verdicts().then((all) => console.log(all.length));`;
    const { stdout } = await run(process.execPath, ['-e', script], { cwd: folder });
    expect(Number(stdout)).toBeGreaterThan(30);
  });

  it('asks once, however often the same key asks, and tells what it asked for', async () => {
    const asked = await Promise.all(
      [1, 2, 3].map(() =>
        client.syncNow(integrationId, { types: ['members'], idempotencyKey: 'same' }).catch((error) => error),
      ),
    );
    expect(asked[0]).toBeInstanceOf(FleetError);
    expect(asked[0]).toMatchObject({ code: 'invalid_request', status: 400, errors: [{ field: 'types.0' }] });
    const answers = await Promise.all([1, 2, 3].map(() => client.syncNow(integrationId, { idempotencyKey: 'once' })));
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
    const end = await client.waitForRun(answers[0]?.runId ?? '');
    expect(['succeeded', 'partial']).toContain(end.state);
    const details = await client.getRun(end.id);
    expect(details.manifest).toMatchObject({ version: 1 });
    await expect(client.cancelRun(end.id)).rejects.toMatchObject({ code: 'conflict', status: 409 });
  });

  it('walks through pages, and reads an export to its end', async () => {
    const all = await Array.fromAsync(client.exportEvidence());
    const paged = await Array.fromAsync(client.evidence({ limit: 7 }));
    expect(new Set(paged.map(({ id }) => id))).toEqual(new Set(all.map(({ id }) => id)));
    expect(await Array.fromAsync(client.integrations())).toMatchObject([{ id: integrationId, status: 'active' }]);
    expect((await client.getIntegration(integrationId)).checkedAt).not.toBeNull();
    expect((await Array.fromAsync(client.runs({ limit: 1 }))).length).toBeGreaterThan(1);
    await Array.fromAsync(client.findings({ status: 'fail' }));
  });
});
