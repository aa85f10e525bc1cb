import type { CompletedCommand } from './command-tree.ts';
import { placesByValues, quoted, takingValues } from './shell-text.ts';
import type { Values } from './static-values.ts';

/** To be evaluated after compinit, or stored as `_fleet` in a folder of fpath. */
export function zshScript(tree: readonly CompletedCommand[]): string {
  return `#compdef fleet
# Completion of fleet, made by \`fleet completion zsh\`.
_fleet() {
  local at= word i place=0 current=\${words[CURRENT]} previous=\${words[CURRENT-1]}
  local -a choices
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case $word in
      (${takingValues(tree).join('|')}) i=$((i + 1)) ;;
      (-*) ;;
      (*)
        case $at/$word in
          (${patterns(tree.flatMap(({ path }) => (path === '' ? [] : [path])))}) at=$at/$word place=0 ;;
          (*) place=$((place + 1)) ;;
        esac ;;
    esac
  done
  if [[ $current == --*=* ]]; then
    previous=\${current%%=*}
    compset -P '--*='
  fi
  case $at:$previous in
${valueCases(tree, (place) => place.includes(':--'))}
  esac
  if [[ $current == -* ]]; then
    case $at in
${tree.map(({ path, options }) => `      (${quoted(path)}) choices=(${options.map(({ flag, description }) => described(flag, description)).join(' ')}) ;;`).join('\n')}
    esac
    _describe -o option choices
    return
  fi
  case $at:$place in
${valueCases(tree, (place) => !place.includes(':--'))}
  esac
  case $at in
${tree.flatMap(({ path, commands }) => (commands.length === 0 ? [] : [`    (${quoted(path)}) choices=(${commands.map(({ name, description }) => described(name, description)).join(' ')}) ;;`])).join('\n')}
  esac
  _describe command choices
}
if [[ \${funcstack[1]} == _fleet ]]; then _fleet "$@"; else compdef _fleet fleet; fi
`;
}

function valueCases(tree: readonly CompletedCommand[], isWanted: (place: string) => boolean): string {
  return placesByValues(tree)
    .map(({ places, values, isList }) => ({ places: places.filter(isWanted), values, isList }))
    .filter(({ places }) => places.length > 0)
    .map(({ places, values, isList }) => `    (${patterns(places)}) ${offer(values, isList)}; return ;;`)
    .join('\n');
}

function offer(values: Values, isList: boolean): string {
  if (values === 'file') return '_files';
  if (values === 'text') return ':';
  const words = values.map(quoted).join(' ');
  return isList ? `compset -P '*,'; compadd -S '' -- ${words}` : `compadd -- ${words}`;
}

/** A colon parts the word from what is said of it. */
function described(word: string, description: string): string {
  return quoted(`${word.replaceAll(':', '\\:')}:${description.replaceAll(':', '\\:')}`);
}

function patterns(texts: readonly string[]): string {
  return texts.map(quoted).join('|');
}
