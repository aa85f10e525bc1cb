import { heartbeat, type Release, releaseRun, StaleFenceError } from '@evidence-fleet/db';
import type { ReleaseKind } from './command.ts';
import type { Answer, Held, Play } from './play.ts';

const row = {
  key: ['thing'],
  keySha: new Uint8Array(32),
  hash: new Uint8Array(32),
  material: '{"id":"thing"}',
  observed: '{}',
};
const nothing = { gaps: [], checkpoint: null, watermark: null, expected: null, calls: [] };
const unconfirmed = { scope: '*', reason: 'unconfirmed', detail: 'read for the first time', keySha: null };
const type = 'model.thing';

/** What a worker does with a claim. */
export type Work =
  | { readonly do: 'heartbeat' | 'close' }
  | { readonly do: 'commit'; readonly unconfirmed: boolean }
  | { readonly do: 'release'; readonly as: ReleaseKind };

/** A worker writes under its claim, and hears whether it still holds the run. */
export async function work(play: Play, held: Held, command: Work): Promise<void> {
  switch (command.do) {
    case 'heartbeat': {
      const heard = await heartbeat(play.fleet.app, held.run);
      if (heard?.cancelRequested) held.cancelled = true;
      return note(play, held, 'heartbeat', heard !== null);
    }
    case 'commit': {
      const stream = await openStream(play, held);
      const gaps = command.unconfirmed ? [unconfirmed] : [];
      if (stream !== null)
        await write(play, held, 'commit', () => held.ledger.commit(stream, { ...nothing, rows: [row], gaps }));
      return;
    }
    case 'close': {
      const stream = held.stream;
      if (stream === null) return;
      held.stream = null;
      const close = { status: 'complete', gone: [], unproven: [], error: null, expected: null, calls: [] } as const;
      await write(play, held, 'close', () => held.ledger.close(stream, close), stream);
      return;
    }
    case 'release': {
      const as = held.cancelled ? 'cancelled' : command.as;
      play.hands.splice(0, play.hands.length, ...play.hands.map((one) => (one === held ? null : one)));
      await write(play, held, as, () => releaseRun(play.fleet.app, held.run, releases[as](), null));
      if (!play.ghosts.includes(held)) play.ghosts.push(held);
      return;
    }
  }
  return command satisfies never;
}

const publicError = { code: 'service_unavailable', message: 'The provider is away.' };
const waits = { costsAttempt: false, error: null } as const;
const hourMs = 3_600_000;

const releases: Record<ReleaseKind | 'cancelled', () => Release> = {
  done: () => ({ kind: 'end', state: 'succeeded', error: null }),
  failed: () => ({ kind: 'end', state: 'failed', error: publicError }),
  cancelled: () => ({ kind: 'end', state: 'cancelled', error: null }),
  snooze: () => ({ kind: 'wait', as: 'snooze', delayMs: hourMs, ...waits }),
  retry: () => ({ kind: 'wait', as: 'retry', delayMs: hourMs, costsAttempt: true, error: publicError }),
  shutdown: () => ({ kind: 'wait', as: 'shutdown', delayMs: 0, ...waits }),
};

async function openStream(play: Play, held: Held): Promise<string | null> {
  if (held.stream !== null) return held.stream;
  const opened = await write(play, held, 'open', () =>
    held.ledger.open({ type, mode: 'snapshot', typeVersion: 1, slice: '' }),
  );
  if (opened === null || opened.state === 'closed') return null;
  held.stream = opened.id;
  return opened.id;
}

async function write<T>(
  play: Play,
  held: Held,
  what: Answer['what'],
  work: () => Promise<T>,
  stream = held.stream,
): Promise<T | null> {
  try {
    const result = await work();
    note(play, held, what, true, stream);
    return result;
  } catch (error) {
    if (!(error instanceof StaleFenceError)) throw error;
    note(play, held, what, false, stream);
    return null;
  }
}

function note(play: Play, held: Held, what: Answer['what'], accepted: boolean, stream: string | null = null): void {
  const { round } = play;
  play.answers.push({ claim: held.run, what, stream, accepted, round });
  const kind = what in releases ? 'releases' : `${what}s`;
  play.tally.add(`${kind} ${accepted ? 'accepted' : 'refused: another holds the run'}`);
}
