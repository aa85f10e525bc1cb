import { readFileSync } from 'node:fs';
import { isNativeError } from 'node:util/types';
import { z } from 'zod';

export interface EnvProblem {
  /** The variable's name; `environment` for a rule about several. */
  readonly variable: string;
  /** What is wrong and what is expected; never the value. */
  readonly problem: string;
}

/** The environment is not usable. The message lists everything that is wrong, one line a variable. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
  readonly problems: readonly EnvProblem[];

  constructor(problems: readonly EnvProblem[]) {
    const lines = problems.map(({ variable, problem }) => `  ${variable}: ${problem}`);
    super(`The environment is not usable:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads the variables that `schema` names. An empty variable counts as missing; `NAME_FILE` names a file to read `NAME` from (how
 * containers hand over secrets), of which one trailing line break is dropped.
 * @throws EnvError
 */
export function parseEnv<S extends z.ZodObject>(
  schema: S,
  source: Readonly<Record<string, string | undefined>>,
): z.output<S> {
  const values: Record<string, string> = {};
  const problems: EnvProblem[] = [];
  for (const variable of Object.keys(schema.shape)) {
    const found = readVariable(variable, source, !(`${variable}_FILE` in schema.shape));
    if (found.problem !== undefined) problems.push({ variable, problem: found.problem });
    if (found.value !== undefined) values[variable] = found.value;
  }
  const unreadable = new Set(problems.map((problem) => problem.variable));
  const parsed = schema.safeParse(values);
  for (const issue of parsed.error?.issues ?? []) {
    const variable = String(issue.path[0] ?? 'environment');
    if (!unreadable.has(variable)) problems.push({ variable, problem: describe(issue, variable, schema, values) });
  }
  if (!parsed.success || problems.length > 0) throw new EnvError(problems);
  return parsed.data;
}

/** `parseEnv` of this process' environment. When it is not usable, says so on standard error and ends the process with exit code 1. */
export function loadEnv<S extends z.ZodObject>(schema: S): z.output<S> {
  try {
    return parseEnv(schema, process.env);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function readVariable(
  variable: string,
  source: Readonly<Record<string, string | undefined>>,
  mayBeFile: boolean,
): { value?: string; problem?: string } {
  const value = source[variable];
  const path = mayBeFile ? source[`${variable}_FILE`] : undefined;
  if (path === undefined || path === '') return value === undefined || value === '' ? {} : { value };
  if (value !== undefined && value !== '') return { problem: `set it or ${variable}_FILE, not both` };
  try {
    const content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return content === '' ? { problem: `the file that ${variable}_FILE names is empty` } : { value: content };
  } catch (error) {
    const code = isNativeError(error) && 'code' in error ? ` (${String(error.code)})` : '';
    return { problem: `the file that ${variable}_FILE names cannot be read${code}` };
  }
}

function describe(
  issue: z.core.$ZodIssue,
  variable: string,
  schema: z.ZodObject,
  values: Readonly<Record<string, string>>,
): string {
  const value = values[variable];
  const description = z.globalRegistry.get(schema.shape[variable] ?? schema)?.description;
  const about = description === undefined || issue.path.length === 0 ? '' : ` (${description})`;
  if (value === undefined && issue.path.length > 0) {
    const expected =
      issue.code === 'invalid_type' || issue.code === 'invalid_value' ? expectation(issue.message) : undefined;
    return `is missing${expected === undefined ? '' : `, ${expected}`}${about}`;
  }
  return `${withoutValues(issue.message, value === undefined ? Object.values(values) : [value])}${about}`;
}

/** "Invalid input: expected string, received undefined" says too much: only what is expected is of use. */
function expectation(message: string): string | undefined {
  return /expected .*?(?=, received|$)/.exec(message)?.[0];
}

/** A rule of our own may quote what it was given. Values too short to be a secret stay: they are often words of the sentence. */
function withoutValues(message: string, values: readonly string[]): string {
  return values
    .filter((value) => value.length >= 6)
    .reduce((text, value) => text.replaceAll(value, '[value]'), message);
}
