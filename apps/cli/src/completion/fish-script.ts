import type { CompletedCommand, CompletedOption } from './command-tree.ts';
import { takingValues } from './shell-text.ts';
import type { Values } from './static-values.ts';

/** To be sourced, or stored as `fleet.fish` in a folder of completions. */
export function fishScript(tree: readonly CompletedCommand[]): string {
  const paths = tree.flatMap(({ path }) => (path === '' ? [] : [path]));
  return `# Completion of fleet, made by \`fleet completion fish\`.
function __fleet_at -d 'whether this is the command that is being typed'
    set -l at ''
    set -l skip 0
    set -l tokens (commandline -opc)
    for word in $tokens[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case ${takingValues(tree).join(' ')}
                set skip 1
            case '-*'
            case '*'
                switch "$at/$word"
                    case ${paths.join(' ')}
                        set at "$at/$word"
                end
        end
    end
    test "$at" = "$argv[1]"
end
complete -c fleet -f
${tree.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, commands, options, args }: CompletedCommand): string[] {
  const here = `complete -c fleet -n ${quoted(`__fleet_at ${quoted(path)}`)}`;
  return [
    ...commands.map(({ name, description }) => `${here} -a ${quoted(name)} -d ${quoted(description)}`),
    ...args.flatMap((values) => (typeof values === 'string' ? [] : [`${here} -a ${quoted(values.join(' '))}`])),
    ...options.map((option) => `${here} ${flagsOf(option)} -d ${quoted(option.description)}`),
  ];
}

function flagsOf({ flag, values }: CompletedOption): string {
  return `-l ${flag.slice(2)}${values === null ? '' : valueFlags(values)}`;
}

function valueFlags(values: Values): string {
  if (values === 'file') return ' -r -F';
  return values === 'text' ? ' -x' : ` -x -a ${quoted(values.join(' '))}`;
}

/** In fish a backslash escapes within single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
