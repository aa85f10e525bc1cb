import {
  type DestinationStream,
  destination as openDestination,
  type Logger as PinoLogger,
  pino,
  stdTimeFunctions,
} from 'pino';
import { describeError, describeFields, isError } from './log-fields.ts';
import { createScrubber, type Scrubber } from './scrubber.ts';
import { hideSensitiveFields } from './sensitive-fields.ts';

/** pino: fields first, then a constant event name: `log.info({ runId }, 'sync.finished')`. */
export type Logger = PinoLogger;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LoggerOptions {
  /** The process, e.g. `worker`. */
  readonly name: string;
  readonly level: LogLevel;
  /** Where secrets are registered while they are open; without it only what looks like a secret is hidden. */
  readonly scrubber?: Scrubber;
  /** Standard output, written at once, so that a crash loses nothing. */
  readonly destination?: DestinationStream;
}

/**
 * JSON lines out of which nothing leaks: errors pass an allow-list, fields with a secret's name are hidden, and the scrubber sees the
 * finished line, so that neither a child's bindings nor an error's stack goes round it.
 */
export function createLogger(options: LoggerOptions): Logger {
  const scrubber = options.scrubber ?? createScrubber();
  return pino(
    {
      name: options.name,
      level: options.level,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: describeFields },
      // pino's own serializer would copy every property of an error.
      serializers: { err: (value: unknown) => (isError(value) ? describeError(value) : value) },
      hooks: { streamWrite: (line) => scrubber.scrub(hideSensitiveFields(line)) },
    },
    options.destination ?? openDestination({ dest: 1, sync: true }),
  );
}
