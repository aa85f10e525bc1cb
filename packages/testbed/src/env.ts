import { tmpdir } from 'node:os';

/** What the testbed reads of its surroundings; nothing else of it looks at the environment. */
export interface TestbedEnv {
  /** In CI nothing may be left out: what is missing there fails. */
  readonly isCi: boolean;
  /** Where downloaded tools are kept; undefined: `.testbed/` at the root of the repository. */
  readonly cacheFolder: string | undefined;
  /**
   * A folder that lasts as long as this run of the tests, in memory where there is room: for what its test files share, and what their servers
   * hold. undefined outside of one.
   */
  readonly runFolder: string | undefined;
  /** Handed on to child processes, which need the user's PATH, proxies and package index. */
  readonly inherited: NodeJS.ProcessEnv;
}

export function readTestbedEnv(env: NodeJS.ProcessEnv = process.env): TestbedEnv {
  return {
    isCi: env.CI === 'true' || env.CI === '1',
    cacheFolder: env.FLEET_TESTBED_CACHE || undefined,
    runFolder: env.FLEET_TESTBED_RUN || undefined,
    inherited: env,
  };
}

/** Where servers that are thrown away keep their data. */
export const dataParent = (): string => readTestbedEnv().runFolder ?? tmpdir();
