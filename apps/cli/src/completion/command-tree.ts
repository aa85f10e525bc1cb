import type { Command, Option } from 'commander';
import { type Values, valuesOfArgument, valuesOfOption } from './static-values.ts';

export interface CompletedOption {
  /** e.g. `--types` */
  readonly flag: string;
  readonly description: string;
  /** null: a switch. */
  readonly values: Values | null;
  /** Several values, separated by commas. */
  readonly isList: boolean;
}

/** One command with what stands behind it. */
export interface CompletedCommand {
  /** `/integrations/add`; '' is `fleet` itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  /** Its own, and those that every command knows. */
  readonly options: readonly CompletedOption[];
  /** By place. */
  readonly args: readonly Values[];
}

/** The whole tree as a list, parents first, made from the declarations that parse the command line. */
export function commandTree(program: Command): CompletedCommand[] {
  const everywhere = [
    ...optionsOf(program),
    { flag: '--help', description: 'how it is used', values: null, isList: false },
  ];
  return walk(program, '', everywhere);
}

function walk(command: Command, path: string, everywhere: readonly CompletedOption[]): CompletedCommand[] {
  const own = path === '' ? [] : optionsOf(command);
  const node: CompletedCommand = {
    path,
    commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
    options: [...own, ...everywhere],
    args: command.registeredArguments.map((argument) => argument.argChoices ?? valuesOfArgument(argument.name())),
  };
  return [node, ...command.commands.flatMap((child) => walk(child, `${path}/${child.name()}`, everywhere))];
}

function optionsOf(command: Command): CompletedOption[] {
  return command.options.filter(({ hidden }) => !hidden).flatMap(describeOption);
}

function describeOption(option: Option): CompletedOption[] {
  if (!option.long) return [];
  const isSwitch = !option.required && !option.optional;
  return [
    {
      flag: option.long,
      description: option.description,
      values: isSwitch ? null : (option.argChoices ?? valuesOfOption(option.long)),
      isList: option.long.endsWith('types'),
    },
  ];
}
