import type { Logger } from './logger.ts';

/** Something that was started and can be stopped. */
export interface Running {
  /** @param reason why, e.g. `SIGTERM` */
  close(reason: string): Promise<void>;
}

export interface ServiceOptions {
  readonly name: string;
  /**
   * Starts everything. Several parts are returned in the order they were started and closed in reverse.
   * @param signal aborts when the process is asked to stop, also while it still starts
   */
  start(signal: AbortSignal): Promise<Running | readonly Running[]>;
  /** From the first signal to the end; past it the process exits with code 1. Milliseconds. */
  readonly deadlineMs: number;
  readonly log: Pick<Logger, 'info' | 'error' | 'fatal'>;
}

/**
 * The life of a process: start, wait for SIGTERM or SIGINT, close in reverse, exit. Exit code 0 after a clean close; 1 when starting
 * or closing failed, the deadline passed, a second signal came or something was thrown that nobody caught. Never returns.
 */
export async function runService(options: ServiceOptions): Promise<never> {
  const { name, log } = options;
  crashOnUncaught(options);
  const { stopping, stopped } = stopOnSignal(options);
  // A process with nothing to do yet would otherwise end before it is asked to.
  setInterval(() => undefined, 2 ** 30);

  let running: readonly Running[];
  try {
    running = [await options.start(stopping)].flat();
  } catch (err) {
    if (!stopping.aborted) {
      log.fatal({ err, service: name }, 'service.start_failed');
      return process.exit(1);
    }
    log.info({ err, service: name }, 'service.start_interrupted');
    return process.exit(0);
  }
  if (!stopping.aborted) log.info({ service: name }, 'service.started');

  const reason = await stopped;
  const failures = await closeInReverse(running, reason, options);
  log.info({ service: name, failures }, 'service.stopped');
  return process.exit(failures === 0 ? 0 : 1);
}

function crashOnUncaught({ name, log }: ServiceOptions): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (err: unknown) => {
      log.fatal({ err, service: name }, 'service.crashed');
      process.exit(1);
    });
  }
}

function stopOnSignal({ name, deadlineMs, log }: ServiceOptions): { stopping: AbortSignal; stopped: Promise<string> } {
  const controller = new AbortController();
  const { promise: stopped, resolve } = Promise.withResolvers<string>();
  for (const event of ['SIGTERM', 'SIGINT'] as const) {
    process.on(event, () => {
      if (controller.signal.aborted) {
        log.error({ service: name, signal: event }, 'service.killed');
        process.exit(1);
      }
      log.info({ service: name, signal: event, deadlineMs }, 'service.stopping');
      setTimeout(() => {
        log.error({ service: name, deadlineMs }, 'service.deadline_passed');
        process.exit(1);
      }, deadlineMs);
      controller.abort(new Error(`The process was asked to stop by ${event}.`));
      resolve(event);
    });
  }
  return { stopping: controller.signal, stopped };
}

/** Closes every part, even when one fails; returns how many failed. */
async function closeInReverse(
  running: readonly Running[],
  reason: string,
  { name, log }: ServiceOptions,
): Promise<number> {
  let failures = 0;
  for (const part of running.toReversed()) {
    try {
      await part.close(reason);
    } catch (err) {
      failures++;
      log.error({ err, service: name }, 'service.close_failed');
    }
  }
  return failures;
}
