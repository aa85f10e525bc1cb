import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeConnector } from '@evidence-fleet/engine/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectors } from './index.ts';

for (const connector of connectors.values()) {
  describeConnector(connector, { describe, it, beforeAll, afterAll });
}

describe('the catalogue', () => {
  it('is imported without any provider SDK', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
      console.log(JSON.stringify(loaded));`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--no-warnings',
      '-e',
      script,
    ]);
    const loaded: string[] = JSON.parse(stdout);
    const packages = loaded.filter((url) => url.includes('/node_modules/') && !url.includes('/node_modules/zod/'));
    expect(loaded.some((url) => url.endsWith('/catalog.ts'))).toBe(true);
    expect(packages).toEqual([]);
  });
});
