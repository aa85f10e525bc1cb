import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { IntegrationNotFoundError, ScheduleError } from '@evidence-fleet/db';
import { QueueUnavailableError } from '@evidence-fleet/queue';
import { QuotaUnavailableError } from '@evidence-fleet/quota';
import { createScrubber, EnvError } from '@evidence-fleet/service';
import { VaultError } from '@evidence-fleet/vault';
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
  const { exitCode, message } = describe(error);
  const scrubber = createScrubber();
  process.stderr.write(`${scrubber.scrub(message)}\n`);
  if (debug) for (const stack of stacks(error)) process.stderr.write(`\n${scrubber.scrub(stack)}\n`);
  return exitCode;
}

interface Described {
  readonly exitCode: ExitCode;
  readonly message: string;
}

function describe(error: unknown): Described {
  if (error instanceof CliError) return { exitCode: error.exitCode, message: error.message };
  if (error instanceof EnvError || error instanceof ScheduleError)
    return { exitCode: exitCodes.usage, message: error.message };
  if (error instanceof IntegrationNotFoundError) return { exitCode: exitCodes.notFound, message: error.message };
  if (error instanceof VaultError || error instanceof ConnectorError) {
    return { exitCode: exitCodes.failed, message: error.message };
  }
  if (error instanceof QueueUnavailableError || error instanceof QuotaUnavailableError) {
    return {
      exitCode: exitCodes.failed,
      message: 'Redis does not answer. Check REDIS_URL, or that `fleet up` is running.',
    };
  }
  if (isUnreachable(error)) {
    return {
      exitCode: exitCodes.failed,
      message: 'The database does not answer. Check DATABASE_URL, or that `fleet up` is running.',
    };
  }
  const first = error instanceof Error ? lastLine(error.message) : 'something that is no error was thrown';
  return {
    exitCode: exitCodes.failed,
    message: `This failed unexpectedly: ${first} (run it again with --debug for details)`,
  };
}

/** Prisma's messages begin with a blank line and its own call; what went wrong stands at the end. */
function lastLine(message: string): string {
  return message.trim().split('\n').at(-1)?.trim() ?? '';
}

/** https://www.prisma.io/docs/orm/reference/error-reference#common, and the driver's own words. */
function isUnreachable(error: unknown): boolean {
  return [...causes(error)].some((one) => {
    const code = 'code' in one ? String(one.code) : '';
    return (
      /^(P1000|P1001|P1002|P1008|P1017|ECONNREFUSED|ENOTFOUND|ETIMEDOUT)$/.test(code) ||
      /ECONNREFUSED|DatabaseNotReachable/.test(one.message)
    );
  });
}

function* causes(error: unknown): Generator<Error> {
  for (let one = error; one instanceof Error; one = one.cause) yield one;
}

function* stacks(error: unknown): Generator<string> {
  for (const one of causes(error)) yield one.stack ?? one.message;
}
