import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectors } from '@evidence-fleet/connectors';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runFleet } from '../testing/run-fleet.ts';

const run = promisify(execFile);

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleet-completion-'));
  const made = await runFleet(['completion', 'bash']);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  script = join(folder, 'fleet.bash');
  await writeFile(script, made.stdout);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a real bash offers once these words stand there; the last of them is being typed. */
async function complete(...words: string[]): Promise<string[]> {
  const program = `set -u; source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fleet; printf '%s\\n' "\${COMPREPLY[@]-}"`;
  const { stdout, stderr } = await run('bash', ['--norc', '-c', program, script, 'fleet', ...words], { cwd: folder });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

describe('the completion of bash', () => {
  it('is registered for fleet', async () => {
    const { stdout } = await run('bash', ['--norc', '-c', 'source "$0"; complete -p fleet', script]);
    expect(stdout.trim()).toBe('complete -F _fleet fleet');
  });

  it('offers commands, and those below them', async () => {
    expect(await complete('')).toEqual(
      expect.arrayContaining(['doctor', 'status', 'integrations', 'sync', 'completion']),
    );
    expect(await complete('do')).toEqual(['doctor']);
    expect(await complete('integrations', 'p')).toEqual(['permissions', 'pause']);
    expect(await complete('--org', 'runs', 'integrations', 're')).toEqual(['resume', 'remove']);
    expect(await complete('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('offers the options of a command and those of all', async () => {
    expect(await complete('status', '--')).toEqual(['--watch', '--interval', '--org', '--json', '--debug', '--help']);
    expect(await complete('up', '--su')).toEqual([]);
  });

  it('offers connectors, evidence types, controls and states', async () => {
    expect(await complete('connectors', 'show', '')).toEqual([...connectors.keys()]);
    expect(await complete('integrations', 'add', 'git')).toEqual(['github']);
    expect(await complete('integrations', 'add', 'github', '')).toEqual([]);
    expect(await complete('evidence', 'list', '--type', 'aws.iam_u')).toEqual(['aws.iam_user']);
    expect(await complete('evidence', 'show', 'aws.iam_u')).toEqual(['aws.iam_user']);
    expect(await complete('controls', '--control', 'mfa-for-p')).toEqual(['mfa-for-people']);
    expect(await complete('runs', 'list', '--state', 'q')).toEqual(['queued']);
    expect(await complete('evidence', 'export', '--format', '')).toEqual(['jsonl', 'csv']);
  });

  it('goes on with a list behind its comma, and with a value behind its sign', async () => {
    const types = await complete('connectors', 'show', 'github', '--types', 'github.repository,github.team');
    expect(types).toEqual(['github.repository,github.team', 'github.repository,github.team_member']);
    expect(await complete('evidence', 'list', '--type', '=', 'aws.vp')).toEqual(['aws.vpc', 'aws.vpc_flow_log']);
    expect(await complete('evidence', 'list', '--type', '=')).toContain('github.team');
  });

  it('offers files where a path belongs, and nothing where nobody can know', async () => {
    await writeFile(join(folder, 'token with space.json'), '');
    expect(await complete('integrations', 'add', 'github', '--credentials-file', 'to')).toContain(
      'token with space.json',
    );
    expect(await complete('integrations', 'add', 'github', '--name', '')).toEqual([]);
    expect(await complete('runs', 'show', '')).toEqual([]);
  });
});

describe('the completion of other shells', () => {
  it('knows the same commands and values', async () => {
    for (const shell of ['zsh', 'fish']) {
      const { code, stdout } = await runFleet(['completion', shell]);
      expect(code).toBe(0);
      for (const known of ['permissions', '/integrations/add', 'github.repository', 'mfa-for-people', 'completion'])
        expect(stdout).toContain(known);
    }
    const refused = await runFleet(['completion', 'tcsh']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('bash, zsh, fish') });
  });
});
