import { createScrubber } from '@evidence-fleet/service';
import { CommanderError } from 'commander';
import { CliError, type ExitCode, exitCodes } from './exit-codes.ts';

/**
 * Says on standard error what went wrong, in one sentence and without a secret.
 * @param debug the stacks of the error and its causes too
 * @returns the exit code
 */
export function reportError(error: unknown, debug: boolean): number {
  // commander has said it already, and knows which of its ends (help, version) are none of failure
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const { exitCode, message } = describeError(error);
  const scrubber = createScrubber();
  process.stderr.write(`${scrubber.scrub(message)}\n`);
  if (debug) for (const stack of stacks(error)) process.stderr.write(`\n${scrubber.scrub(stack)}\n`);
  return exitCode;
}

interface Described {
  readonly exitCode: ExitCode;
  readonly message: string;
}

/** Errors whose message is a public sentence. By name: their packages are only loaded by the commands that need them. */
const publicErrors: Readonly<Record<string, ExitCode>> = {
  EnvError: exitCodes.usage,
  ScheduleError: exitCodes.usage,
  IntegrationNotFoundError: exitCodes.notFound,
  IntegrationQuarantinedError: exitCodes.failed,
  VaultError: exitCodes.failed,
  ConnectorError: exitCodes.failed,
};

/** What a person is told of an error, without secrets and without what only a developer understands. */
export function describeError(error: unknown): Described {
  const { failed } = exitCodes;
  if (error instanceof CliError) return { exitCode: error.exitCode, message: error.message };
  if (!(error instanceof Error)) return { exitCode: failed, message: 'Something that is no error was thrown.' };
  const exitCode = publicErrors[error.name];
  if (exitCode !== undefined) return { exitCode, message: error.message };
  if (/^(Queue|Quota)UnavailableError$/.test(error.name)) {
    return { exitCode: failed, message: 'Redis does not answer. Check REDIS_URL, or that `fleet up` is running.' };
  }
  if (hasCode(error, /^(P1000|28P01|28000)$/)) {
    return { exitCode: failed, message: 'The database refuses the login. Check the user and password of its address.' };
  }
  if (hasCode(error, /^(P1001|P1002|P1008|P1017|ECONNREFUSED|ENOTFOUND|ETIMEDOUT)$/)) {
    const message = 'The database does not answer. Check DATABASE_URL, or that `fleet up` is running.';
    return { exitCode: failed, message };
  }
  const message = `This failed unexpectedly: ${lastLine(error.message)} (run it again with --debug for details)`;
  return { exitCode: failed, message };
}

/** Prisma's messages begin with a blank line and its own call; what went wrong stands at the end. */
function lastLine(message: string): string {
  return message.trim().split('\n').at(-1)?.trim() ?? '';
}

/** Codes of Prisma (https://www.prisma.io/docs/orm/reference/error-reference#common), PostgreSQL and the operating system. */
function hasCode(error: Error, codes: RegExp): boolean {
  return [...causes(error)].some((one) => 'code' in one && codes.test(String(one.code)));
}

function* causes(error: unknown): Generator<Error> {
  for (let one = error; one instanceof Error; one = one.cause) yield one;
}

function* stacks(error: unknown): Generator<string> {
  for (const one of causes(error)) yield one.stack ?? one.message;
}
