import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTestbedEnv } from '../env.ts';
import { freePort } from '../free-port.ts';
import { type PythonVenv, pythonVenv } from '../python-venv.ts';

/** moto speaks AWS's own protocols: https://docs.getmoto.org/en/latest/docs/server_mode.html */
export interface Moto {
  readonly url: string;
  readonly port: number;
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

/** The server, ended also when this process dies without a word: then its standard input closes. */
const program = `
import os, sys, threading
def watch():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=watch, daemon=True).start()
from moto.server import main
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
`;

/** Starts moto on a free loopback port. Throws where `awsAvailability` says no. */
export async function startMoto(): Promise<Moto> {
  const venv = await awsAvailability();
  if (!venv.available) throw new Error(venv.why);
  const port = await freePort();
  const child = spawn(venv.python, ['-c', program, String(port)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Machine images are thousands, and nothing here asks for them.
    env: { PATH: readTestbedEnv().inherited.PATH, MOTO_EC2_LOAD_DEFAULT_AMIS: 'false' },
  });
  const url = `http://127.0.0.1:${port}`;
  await isReady(child, url);
  return {
    url,
    port,
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
