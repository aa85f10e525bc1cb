import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pythonVenv } from './python-venv.ts';

let cacheFolder: string;
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'fleet-venv-'));
});
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

const tool = { name: 'nothing-1.0', packages: ['nothing==1.0'] };
const withoutPython = { PATH: '/nonexistent' };

describe('pythonVenv', () => {
  it('says what is missing, and leaves nothing behind', async () => {
    const venv = await pythonVenv(tool, { isCi: false, cacheFolder, runFolder: undefined, inherited: withoutPython });
    expect(venv).toEqual({ available: false, why: expect.stringContaining('there is no python3') });
    expect(await readdir(cacheFolder)).toEqual([]);
  });

  it('fails in CI, where nothing may be left out', async () => {
    await expect(
      pythonVenv(tool, { isCi: true, cacheFolder, runFolder: undefined, inherited: withoutPython }),
    ).rejects.toThrow('no python3');
  });
});
