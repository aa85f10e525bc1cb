import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTestbedEnv } from '../env.ts';
import { freePort } from '../free-port.ts';
import { type PythonVenv, pythonVenv } from '../python-venv.ts';
import type { AwsUser } from './world.ts';

/** What AWS gives to a new user; `mfaEnabledAt` is '' without a second factor. */
type MadeUser = Pick<AwsUser, 'id' | 'createdAt' | 'mfaEnabledAt'>;

/** moto speaks AWS's own protocols: https://docs.getmoto.org/en/latest/docs/server_mode.html */
export interface Moto {
  readonly url: string;
  readonly port: number;
  /** Makes many users at once; one call at a time. The answer is in the order of `users`. */
  makeUsers(
    accountId: string,
    users: readonly Pick<AwsUser, 'name' | 'path' | 'hasPassword' | 'mfa'>[],
  ): Promise<MadeUser[]>;
  /** Forgets every resource of every account. */
  reset(): Promise<void>;
  /** With `true` signatures and IAM policies are checked; it starts without. */
  enforceAuth(on: boolean): Promise<void>;
  close(): Promise<void>;
}

const version = '5.2.5';
const tool = {
  name: `moto-${version}`,
  packages: [`moto[ec2,iam,s3]==${version}`, 'flask==3.1.3', 'flask-cors==6.0.5'],
};

/** Installs moto where that is possible, and says why where it is not. In CI it throws instead. */
export function awsAvailability(): Promise<PythonVenv> {
  return pythonVenv(tool);
}

/** Starts moto on a free loopback port. Throws where `awsAvailability` says no. */
export async function startMoto(): Promise<Moto> {
  const venv = await awsAvailability();
  if (!venv.available) throw new Error(venv.why);
  const port = await freePort();
  const child = spawn(venv.python, [join(import.meta.dirname, 'moto-server.py'), String(port)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Machine images are thousands, and nothing here asks for them.
    env: { PATH: readTestbedEnv().inherited.PATH, MOTO_EC2_LOAD_DEFAULT_AMIS: 'false' },
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await isReady(child, url);
  return {
    url,
    port,
    async makeUsers(accountId, users) {
      child.stdin.write(`${JSON.stringify({ accountId, users })}\n`);
      const { value } = await answers.next();
      const answer: MadeUser[] | { error: string } = JSON.parse(value ?? '{"error":"moto ended"}');
      if ('error' in answer) throw new Error(`moto made no users: ${answer.error}`);
      return answer;
    },
    reset: () => post(`${url}/moto-api/reset`, ''),
    // The body is the number of calls that stay unchecked.
    enforceAuth: (on) => post(`${url}/moto-api/reset-auth`, on ? '0' : 'inf'),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL'); // it keeps nothing
      await once(child, 'exit');
    },
  };
}

async function isReady(child: ChildProcess, url: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`moto ended with code ${child.exitCode} before it was ready`);
    const isUp = await fetch(`${url}/moto-api/`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isUp) return;
    await sleep(50);
  }
}

async function post(url: string, body: string): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body });
  if (!answer.ok) throw new Error(`moto answered ${answer.status} to ${new URL(url).pathname}`);
}
