import type { CompletedCommand } from './command-tree.ts';
import { placesByValues, quoted, takingValues } from './shell-text.ts';
import type { Values } from './static-values.ts';

/** For bash 3.2 and newer; needs nothing that bash-completion would have to provide. */
export function bashScript(tree: readonly CompletedCommand[]): string {
  return `# Completion of fleet, made by \`fleet completion bash\`.
_fleet() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" at= place=0 word words= kind= i
  # bash splits --type=x into three words
  if [[ $current == = ]]; then current=; elif [[ $previous == = ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in
      ${takingValues(tree).join('|')})
        if [[ \${COMP_WORDS[i+1]} == = ]]; then i=$((i + 1)); fi
        i=$((i + 1)) ;;
      -*|=) ;;
      *)
        case "$at/$word" in
          ${patterns(tree.flatMap(({ path }) => (path === '' ? [] : [path])))}) at="$at/$word" place=0 ;;
          *) place=$((place + 1)) ;;
        esac ;;
    esac
  done
  case "$at:$previous" in
${valueCases(tree, (place) => place.includes(':--'))}
  esac
  if [[ -z $kind && $current == -* ]]; then
    kind=words
    case "$at" in
${tree.map(({ path, options }) => `      ${quoted(path)}) words=${quoted(options.map(({ flag }) => flag).join(' '))} ;;`).join('\n')}
    esac
  elif [[ -z $kind ]]; then
    kind=words
    case "$at" in
${tree.flatMap(({ path, commands }) => (commands.length === 0 ? [] : [`      ${quoted(path)}) words=${quoted(commands.map(({ name }) => name).join(' '))} ;;`])).join('\n')}
    esac
    case "$at:$place" in
${valueCases(tree, (place) => !place.includes(':--'))}
    esac
  fi
  case "$kind" in
    file)
      local IFS=$'\\n'
      compopt -o filenames 2>/dev/null
      COMPREPLY=($(compgen -f -- "$current")) ;;
    list)
      if [[ $current == *,* ]]; then
        COMPREPLY=($(compgen -P "\${current%,*}," -W "$words" -- "\${current##*,}"))
      else
        COMPREPLY=($(compgen -W "$words" -- "$current"))
      fi ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -F _fleet fleet
`;
}

function valueCases(tree: readonly CompletedCommand[], isWanted: (place: string) => boolean): string {
  return placesByValues(tree)
    .map(({ places, values, isList }) => ({ places: places.filter(isWanted), values, isList }))
    .filter(({ places }) => places.length > 0)
    .map(({ places, values, isList }) => `    ${patterns(places)}) ${assignment(values, isList)} ;;`)
    .join('\n');
}

function assignment(values: Values, isList: boolean): string {
  if (typeof values === 'string') return `kind=${values} words=`;
  return `kind=${isList ? 'list' : 'words'} words=${quoted(values.join(' '))}`;
}

function patterns(texts: readonly string[]): string {
  return texts.map(quoted).join('|');
}
