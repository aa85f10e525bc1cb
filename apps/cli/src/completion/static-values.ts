import { connectors, evidenceTypes } from '@evidence-fleet/connectors';
import { controls } from '@evidence-fleet/controls';

/** What may be typed next. `file`: a path; `text`: something that nobody can know. */
export type Values = readonly string[] | 'file' | 'text';

const types = () => [...evidenceTypes.keys()].sort();

/** What is the same for every organization; names and ids of one are not asked for, because completing must cost nothing. */
const options: Readonly<Record<string, () => Values>> = {
  '--auth': () => [...new Set([...connectors.values()].flatMap(({ auth }) => Object.keys(auth)))].sort(),
  '--control': () => controls.map(({ id }) => id),
  '--credentials-file': () => 'file',
  '--output': () => 'file',
  '--type': types,
  '--types': types,
};

const args: Readonly<Record<string, () => Values>> = {
  connector: () => [...connectors.keys()],
  'id-or-type': types,
};

/** @param flag e.g. `--types` */
export function valuesOfOption(flag: string): Values {
  return options[flag]?.() ?? 'text';
}

/** @param name as the usage shows it, without brackets */
export function valuesOfArgument(name: string): Values {
  return args[name]?.() ?? 'text';
}
