// `npm run sandbox`: the fleet on this machine, as `npm start` runs it, and beside it a small GitHub of one's own, to see a control fail
// and pass without any account. Its token is made at the first start and kept in a file of the fleet's folder; it is printed nowhere.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type GitHubSimulator, type GitHubWorld, startGitHub } from '@evidence-fleet/testbed';
import { takeOverExit } from '../apps/cli/src/embedded.ts';
import { fleetHome, readEnv } from '../apps/cli/src/env.ts';
import { makeHome, readOrMake } from '../apps/cli/src/fleet-home.ts';
import { sandboxWorld } from './sandbox/world.ts';

const tokenFile = 'sandbox-github-token';
const { values } = parseArgs({ options: { port: { type: 'string', default: '8642' } } });
const port = readPort(values.port);
const say = (line: string) => console.log(`sandbox   | ${line}`);

takeOverExit();
const home = fleetHome();
makeHome(home);
const github = await start(sandboxWorld(readOrMake(home, tokenFile, () => `ghp_${randomBytes(18).toString('hex')}`)));
say(`a GitHub with the organization acme is at ${github.url}; the token of its owner is in ${join(home, tokenFile)}`);
say('README.md, "The first control, from fail to pass", says what to try in another terminal');
process.exitCode = await runFleet(new URL(github.url).host);
await github.close();

/** 0: any free one. */
function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  console.error(`--port takes a number up to 65535, e.g. npm run sandbox -- --port 8643; it was "${text}"`);
  process.exit(2);
}

async function start(world: GitHubWorld): Promise<GitHubSimulator> {
  try {
    return await startGitHub(world, { port });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    say(`port ${port} is taken: end what listens there, or choose another, e.g. npm run sandbox -- --port 8643`);
    process.exit(1);
  }
}

/** Its calls may go to this one private address. @returns the exit code of `fleet up` */
async function runFleet(host: string): Promise<number> {
  const main = fileURLToPath(new URL('../apps/cli/src/main.ts', import.meta.url));
  const allowed = [...readEnv().FLEET_ALLOW_PRIVATE, host].join(',');
  const child = spawn(process.execPath, [main, 'up', '--workers', '1'], {
    env: { ...process.env, FLEET_ALLOW_PRIVATE: allowed },
    stdio: 'inherit',
  });
  // A terminal's Ctrl-C has reached it already; any other signal has not.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => undefined);
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}
