import type { Database, Transaction } from '../database.ts';
import { type Claim, checkRun, whileHeld } from '../hold-run.ts';
import { readAbsence, type Tally } from './absence.ts';
import { closeSlices, hasUnlistedSlices } from './close-slices.ts';
import { closePass, closeStream, isCloseOfOneTrip } from './close-stream.ts';
import { commitBatch, isUniqueViolation } from './commit-batch.ts';
import { openStream } from './open-stream.ts';
import type { Absence, Batch, CloseStream, OpenedStream, StreamContext, StreamCounts } from './types.ts';

export interface LedgerOptions extends Claim {
  readonly integrationId: string;
  /** What this run is able to see: 32 bytes of account and grants, then 32 bytes of scope settings, both SHA-256. */
  readonly visibility: Uint8Array;
}

/** Where a run's evidence goes; the engine's Sink. Every method is one transaction under the run's fence. */
export interface Ledger {
  open(stream: { type: string; mode: string; typeVersion: number; slice: string }): Promise<OpenedStream>;
  commit(streamRunId: string, batch: Batch): Promise<void>;
  absence(streamRunId: string): Promise<Absence>;
  close(streamRunId: string, close: CloseStream): Promise<StreamCounts>;
  closeSlices(type: string, slices: readonly string[]): Promise<void>;
}

/** The evidence ledger of one claimed run. */
export function createLedger(database: Database, options: LedgerOptions): Ledger {
  const streams = new Map<string, StreamContext>();
  /** Stream runs of types of which there was no resource: all that they show is taken for new, which the heads' key holds them to. */
  const unseen = new Set<string>();
  /** Of stream runs whose absences were looked at and that have written nothing since: counted once, for it reads every head. */
  const tallies = new Map<string, Tally>();
  // One transaction after the other: they would wait for the run's row anyway, and of a worker that has vanished each would inherit its lock.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  /** Every trip is a transaction of its own. */
  const inTrips = <T>(work: (trips: Transaction) => Promise<T>) =>
    inTurn(() => database.withTrips(options.organizationId, work));
  const held = <T>(work: (transaction: Transaction) => Promise<T>) => {
    return (transaction: Transaction) => whileHeld(transaction, options, () => work(transaction));
  };
  const inTransaction = <T>(work: (transaction: Transaction) => Promise<T>) =>
    inTurn(() => database.withStatements(options.organizationId, held(work)));
  const context = (streamRunId: string): StreamContext => {
    const stream = streams.get(streamRunId);
    if (stream === undefined) throw new Error(`stream run ${streamRunId} was not opened by this ledger`);
    return stream;
  };
  return {
    async open(stream) {
      const { isEmpty, ...opened } = await inTrips(held((trip) => openStream(trip, { ...options, ...stream })));
      streams.set(opened.id, { ...options, ...stream, streamRunId: opened.id });
      if (isEmpty) unseen.add(opened.id);
      return opened;
    },
    async commit(id, batch) {
      tallies.delete(id);
      const commit = (isUnseen: boolean) =>
        inTrips((trips) => commitBatch(trips, context(id), options, { ...batch, isUnseen }));
      if (!unseen.has(id)) return commit(false);
      try {
        await commit(true);
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        unseen.delete(id); // a resource is shown twice: from now on the batches are compared
        await commit(false);
      }
    },
    async absence(id) {
      const [absence] = await inTrips((trips) =>
        Promise.all([readAbsence(trips, context(id)), checkRun(trips, options)]),
      );
      tallies.set(id, absence);
      return absence;
    },
    close(id, close) {
      const [stream, tally] = [context(id), tallies.get(id)];
      if (isCloseOfOneTrip(stream, close, tally))
        return inTrips(
          held((trip) => closePass(trip, stream, options, close, { retired: 0, seen: tally?.seen ?? null })),
        );
      return inTransaction((transaction) => closeStream(transaction, stream, options, { ...close, tally }));
    },
    async closeSlices(type, slices) {
      const of = { ...options, type, slices };
      const [hasUnlisted] = await inTrips((trip) =>
        Promise.all([hasUnlistedSlices(trip, of), checkRun(trip, options)]),
      );
      if (hasUnlisted) await inTransaction((transaction) => closeSlices(transaction, of));
    },
  };
}
