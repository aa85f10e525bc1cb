import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A sync to be asked for over HTTP. Two with one key are one request that is sent twice. */
export interface Asking {
  readonly key: string;
  readonly organizationId: string;
  readonly integrationId: string;
  readonly types: readonly string[];
  /** Of the process of the API that is asked. */
  readonly api: string;
  readonly token: string;
  /** When it is sent; milliseconds from the first. */
  readonly atMs: number;
  readonly isTimed: boolean;
  /** Not before those that are held are released, however late; its time is counted on from there. */
  readonly isHeld: boolean;
}

/** What came of one, told as a line of JSON by the program that asks. */
export interface Heard {
  /** Of the asking, in the order they were given. */
  readonly index: number;
  /** 0: the connection broke. */
  readonly status: number;
  readonly runId: string | null;
  readonly how: string | null;
  /** Milliseconds since the epoch: no later than it was sent, and no sooner than it was answered. */
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly tookMs: number;
}

export type Answer = Asking & Heard;

export interface Load {
  /** So far, in the order they came. */
  readonly answers: readonly Answer[];
  /** Every answer. */
  readonly all: Promise<readonly Answer[]>;
  /** Those that are held may be sent. */
  release(): void;
}

const program = fileURLToPath(new URL('load-program.ts', import.meta.url));

/** Asks from a process of its own, which does nothing else: what is measured is the fleet. */
export function startLoad(askings: readonly Asking[]): Load {
  const answers: Answer[] = [];
  const child = fork(program, { execArgv: ['--no-warnings'] });
  child.on('message', (heard: Heard) => {
    const asking = askings[heard.index];
    if (asking !== undefined) answers.push({ ...asking, ...heard });
  });
  child.send(askings);
  return { answers, all: ended(child).then(() => answers), release: () => void (child.connected && child.send('go')) };
}

async function ended(child: ChildProcess): Promise<void> {
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`the program that asks ended (${signal ?? code})`);
}
