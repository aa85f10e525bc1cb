/** What the shell is told. Shown by `fleet --help`. */
export const exitCodes = {
  ok: 0,
  /** Something refused or broke; the sentence on standard error says what to do. */
  failed: 1,
  /** The command, its settings or its surroundings are not right. */
  usage: 2,
  notFound: 3,
  /** `sync --wait`: the run ended, and not everything could be read. */
  syncPartial: 4,
  syncFailed: 5,
  syncCancelled: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with one public sentence (or a few lines) and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

export function usageError(message: string): CliError {
  return new CliError(exitCodes.usage, message);
}

export function notFound(message: string): CliError {
  return new CliError(exitCodes.notFound, message);
}
