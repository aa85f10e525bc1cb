import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the source of a connector says of its data, in the comments that stand above declarations. Schemas at run time have forgotten them. */
export interface SourceComments {
  /** Of an evidence type as a whole; null where it has none. */
  ofType(type: string): string | null;
  /** Of the fields of an evidence type that have one. */
  ofFields(type: string): ReadonlyMap<string, string>;
  /** Of the stream that reads a type: what is special about how it does. */
  ofStream(type: string): string | null;
  /** Of the settings that have one. */
  readonly settings: ReadonlyMap<string, string>;
}

const connectorsFolder = fileURLToPath(new URL('../../packages/connectors/src/', import.meta.url));

/** @param connectorId the name of its folder */
export async function readSourceComments(connectorId: string): Promise<SourceComments> {
  const folder = join(connectorsFolder, connectorId);
  const names = (await readdir(folder, { recursive: true })).filter((name) => /^(?!.*\.test\.ts$).*\.ts$/.test(name));
  const files = await Promise.all(
    names.sort().map(async (name) => (await readFile(join(folder, name), 'utf8')).split('\n')),
  );
  return commentsIn(files);
}

/** @param files by lines, formatted as the repository is: what belongs to a declaration is indented below it */
export function commentsIn(files: readonly (readonly string[])[]): SourceComments {
  const declared = (type: string) => {
    for (const lines of files) {
      const at = lines.findIndex(
        (line, index) => line === `  name: '${type}',` && /defineEvidence\(\{$/.test(lines[index - 1] ?? ''),
      );
      if (at > 0) return { lines, at: at - 1 };
    }
    throw new Error(`No source declares the evidence type ${type} as \`defineEvidence({\` with its name first.`);
  };
  return {
    ofType(type) {
      const { lines, at } = declared(type);
      return commentAbove(lines, at);
    },
    ofFields(type) {
      const { lines, at } = declared(type);
      const schema = lines.findIndex((line, index) => index > at && line.startsWith('  schema: '));
      return commentsBelow(lines, schema);
    },
    ofStream(type) {
      const { lines, at } = declared(type);
      const variable = /const (\w+) =/.exec(lines[at] ?? '')?.[1];
      for (const source of files) {
        const start = source.findIndex(
          (line, index) => /= stream\($/.test(line) && source[index + 1] === `  ${variable},`,
        );
        if (start >= 0) return commentAbove(source, start);
      }
      return null;
    },
    settings: settingsIn(files),
  };
}

function settingsIn(files: readonly (readonly string[])[]): Map<string, string> {
  for (const lines of files) {
    const at = lines.findIndex((line) => /\w*settings(?:: | = )z\.object\(\{$/i.test(line));
    if (at >= 0) return commentsBelow(lines, at);
  }
  return new Map();
}

/** The comment that ends in the line before. */
function commentAbove(lines: readonly string[], at: number): string | null {
  if (!lines[at - 1]?.trim().endsWith('*/')) return null;
  let start = at - 1;
  while (start > 0 && !lines[start]?.trim().startsWith('/**')) start -= 1;
  return plain(lines.slice(start, at));
}

/** Of the properties of the object that the line opens; those that are spread into it come from a constant of the same file. */
function commentsBelow(lines: readonly string[], opening: number): Map<string, string> {
  const indent = indentOf(lines[opening]) + 2;
  const found = new Map<string, string>();
  for (let at = opening + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line !== '' && indentOf(line) < indent) break;
    if (indentOf(line) !== indent) continue;
    const spread = /^\s*\.\.\.(\w+),$/.exec(line)?.[1];
    if (spread !== undefined) {
      const constant = lines.findIndex((one) => one.startsWith(`const ${spread} = `));
      for (const [field, comment] of commentsBelow(lines, constant)) found.set(field, comment);
    }
    const field = /^\s*(\w+)[:,]/.exec(line)?.[1];
    const comment = field === undefined ? null : commentAbove(lines, at);
    if (field !== undefined && comment !== null) found.set(field, comment);
  }
  return found;
}

function indentOf(line = ''): number {
  return line.length - line.trimStart().length;
}

function plain(lines: readonly string[]): string {
  return lines
    .map((line) =>
      line
        .trim()
        .replace(/^\/\*\*\s?/, '')
        .replace(/\s*\*\/$/, '')
        .replace(/^\*\s?/, ''),
    )
    .join(' ')
    .trim();
}
