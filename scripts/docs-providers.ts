// `npm run docs:providers`: one page a provider into docs/providers, from its connector. With --check nothing is written: exit 1 where a page is
// not as it should be.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { providerPages, providersFolder, stalePages } from './providers/pages.ts';

const pages = await providerPages();
await mkdir(providersFolder, { recursive: true });
const stale = await stalePages(pages, providersFolder);
if (process.argv.includes('--check')) {
  for (const name of stale)
    console.error(`docs/providers/${name} is not what its connector says: npm run docs:providers`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const name of stale) {
    const page = pages.get(name);
    if (page === undefined) await rm(`${providersFolder}${name}`);
    else await writeFile(`${providersFolder}${name}`, page);
    console.log(`${page === undefined ? 'removed' : 'wrote'} docs/providers/${name}`);
  }
}
