import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';

let program: Command;
beforeAll(async () => {
  program = await createProgram([]);
});

/** Every command with the words that lead to it, `fleet` itself included. */
function* walk(command: Command, path: readonly string[] = ['fleet']): Generator<{ path: string; command: Command }> {
  yield { path: path.join(' '), command };
  for (const child of command.commands) yield* walk(child, [...path, child.name()]);
}

function helpOf(command: Command): string {
  let text = '';
  const { writeOut } = command.configureOutput();
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  command.configureOutput({ writeOut: writeOut ?? ((part) => process.stdout.write(part)) });
  return text;
}

/** What stands below "Examples:", without what is piped on and what is said of it. */
function examplesOf(help: string): string[][] {
  const [, block = ''] = help.split('\nExamples:\n');
  const lines =
    block
      .split('\n\n')[0]
      ?.split('\n')
      .filter((line) => line.startsWith('  fleet ')) ?? [];
  return lines.map((line) => {
    const [typed = ''] = line.trim().split(/ [|><#] | {2,}/);
    return (typed.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).slice(1);
  });
}

/** The command that the words of an example lead to, and what is left of them. */
function resolve(words: readonly string[]): { command: Command; rest: string[] } {
  let command = program;
  const rest: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const option = [...command.options, ...program.options].find(({ long }) => long === word.split('=')[0]);
    if (word.startsWith('--')) {
      if (option === undefined) throw new Error(`${command.name()} has no option ${word}`);
      if ((option.required || option.optional) && !word.includes('=')) index += 1;
      continue;
    }
    const child = command.commands.find((one) => one.name() === word);
    if (child !== undefined && rest.length === 0) command = child;
    else rest.push(word);
  }
  return { command, rest };
}

describe('the help', () => {
  it('of every command teaches by examples that can be typed', () => {
    const commands = [...walk(program)];
    expect(commands.length).toBeGreaterThan(30);
    for (const { path, command } of commands) {
      const examples = examplesOf(helpOf(command));
      if (examples.length === 0) throw new Error(`${path} --help has no examples`);
      for (const words of examples) {
        const { command: meant, rest } = resolve(words);
        const [most, least] = [meant.registeredArguments, meant.registeredArguments.filter(({ required }) => required)];
        expect({ path, words, fits: rest.length >= least.length && rest.length <= most.length }).toMatchObject({
          fits: true,
        });
      }
      const own = examples.map((words) => resolve(words).command);
      expect({ path, own: own.some((one) => one === command || command.commands.length > 0) }).toEqual({
        path,
        own: true,
      });
    }
  });

  it('says what each command is for, and each option and argument', () => {
    for (const { path, command } of walk(program)) {
      const said = [
        command.description(),
        ...command.options.flatMap(({ hidden, description }) => (hidden ? [] : [description])),
      ];
      expect({ path, silent: said.filter((text) => text === '') }).toEqual({ path, silent: [] });
    }
  });

  it('and the document tell every exit code', async () => {
    const document = await readFile(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');
    const help = helpOf(program);
    for (const code of Object.values(exitCodes)) {
      expect(help).toMatch(new RegExp(`[,:;] ${code} \\w`));
      expect(document).toContain(`\n| ${code} |`);
    }
  });
});
