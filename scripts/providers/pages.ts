import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Connector } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import { table } from './markdown.ts';
import { generated, pageOf } from './page.ts';
import { readSourceComments } from './source-comments.ts';

export const providersFolder = fileURLToPath(new URL('../../docs/providers/', import.meta.url));

/** Every page by its file's name, as it should be. */
export async function providerPages(): Promise<Map<string, string>> {
  const all = [...connectors.values()];
  const pages = await Promise.all(
    all.map(
      async (connector) => [`${connector.id}.md`, pageOf(connector, await readSourceComments(connector.id))] as const,
    ),
  );
  return new Map([['README.md', overviewOf(all)], ...pages]);
}

function overviewOf(all: readonly Connector[]): string {
  const rows = all.map(({ id, title, auth, streams }) => [
    ...[`[${title}](${id}.md)`, Object.keys(auth).join(', '), streams.length],
  ]);
  return `# Providers\n\n${generated}\n\n${table(['Provider', 'Credentials', 'Evidence types'], rows)}\n`;
}

/** The names of pages that are missing, not as they should be, or of no connector. */
export async function stalePages(wanted: ReadonlyMap<string, string>, folder: string): Promise<string[]> {
  const found = (await readdir(folder)).filter((name) => name.endsWith('.md'));
  const texts = await Promise.all(
    found.map(async (name) => [name, await readFile(`${folder}/${name}`, 'utf8')] as const),
  );
  const present = new Map(texts);
  const names = new Set([...wanted.keys(), ...found]);
  return [...names].filter((name) => wanted.get(name) !== present.get(name)).sort();
}
