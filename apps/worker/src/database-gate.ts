import { type Database, DatabaseAwayError } from '@evidence-fleet/db';
import { type Logger, sleep } from '@evidence-fleet/service';

/** Whether the database can be reached: a worker that cannot takes no jobs, or it would use up the doorbells of runs that others could take. */
export interface DatabaseGate {
  /** Before a job. Asks the database where nothing was heard of it for a second. */
  isOpen(): Promise<boolean>;
  /** The same database, whose answers and silences the gate hears of. */
  readonly heard: Database;
  close(): Promise<void>;
}

export interface DatabaseGateOptions {
  /** With little patience: for as long as it waits a job stands still. */
  readonly database: Database;
  /** Called when the database is away, and when it is back. */
  readonly pause: () => Promise<void>;
  readonly resume: () => void;
  readonly log: Logger;
}

const fresh = 1_000;
const askAgainMs = 1_000;

export function createDatabaseGate({ database, pause, resume, log }: DatabaseGateOptions): DatabaseGate {
  const closing = new AbortController();
  let heardAt = performance.now();
  let asking: Promise<boolean> | undefined;
  let away: Promise<void> | undefined;

  async function ask(): Promise<boolean> {
    try {
      await database.ping();
      heardAt = performance.now();
      return true;
    } catch (err) {
      lose(err);
      return false;
    } finally {
      asking = undefined;
    }
  }

  async function hear<T>(answer: Promise<T>): Promise<T> {
    try {
      const result = await answer;
      heardAt = performance.now();
      return result;
    } catch (error) {
      if (error instanceof DatabaseAwayError) lose(error);
      throw error;
    }
  }

  function lose(err: unknown): void {
    away ??= waitForIt(err).finally(() => {
      away = undefined;
    });
  }

  async function waitForIt(err: unknown): Promise<void> {
    log.warn({ err }, 'database.away');
    await pause();
    while (!closing.signal.aborted) {
      await sleep(askAgainMs, closing.signal).catch(() => undefined); // closing wakes it up
      const isBack = await database.ping().then(
        () => true,
        () => false,
      );
      if (!isBack) continue;
      heardAt = performance.now();
      log.info({}, 'database.back');
      if (!closing.signal.aborted) resume();
      return;
    }
  }

  return {
    async isOpen() {
      if (away !== undefined) return false;
      if (performance.now() - heardAt < fresh) return true;
      asking ??= ask();
      return asking;
    },
    heard: {
      ...database,
      withOrganization: (organizationId, work) => hear(database.withOrganization(organizationId, work)),
      withTrips: (organizationId, work) => hear(database.withTrips(organizationId, work)),
      withStatements: (organizationId, work) => hear(database.withStatements(organizationId, work)),
    },
    async close() {
      closing.abort();
      await away;
    },
  };
}
