import { connectors } from '@evidence-fleet/connectors';
import { createScrubber } from '@evidence-fleet/service';
import { usageError } from './exit-codes.ts';

/**
 * Refuses arguments that look like a secret: other users of the machine read them in the process list, and the shell keeps them in its
 * history. The sentence names the place, never the value.
 * @throws CliError usage
 */
export function refuseSecrets(args: readonly string[]): void {
  const scrubber = createScrubber();
  args.forEach((argument, index) => {
    const name = nameOf(argument, args[index - 1]);
    if (scrubber.scrub(argument) === argument && !(name !== undefined && secretNames.has(name))) return;
    throw usageError(
      `Argument ${index + 1} looks like a secret, so nothing was done with it: arguments are seen in the process list and kept in the shell's history. Give secrets at the prompt, with --credentials-file <path> or --credentials-stdin, and replace this one, because it has been shown.`,
    );
  });
}

/** `--token=x`, `--setting token=x` and `--setting=token=x` name a field; a bare `--token` has its value in the next argument. */
function nameOf(argument: string, before: string | undefined): string | undefined {
  const assigned = /^(?:--setting=|--)?([A-Za-z][\w-]*)=./.exec(argument)?.[1];
  const named = before?.startsWith('--') && !argument.startsWith('--') ? before.slice(2) : undefined;
  const name = assigned ?? named;
  return name?.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The fields of every connector's credentials. */
const secretNames = new Set(
  [...connectors.values()].flatMap(({ auth }) =>
    Object.values(auth).flatMap(({ secrets }) => Object.keys(secrets.shape)),
  ),
);
