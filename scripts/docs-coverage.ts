// `npm run docs:coverage` writes docs/coverage.md; with --check (`npm run check:coverage`) it only says whether the page is as it would write it.
import { readFile, writeFile } from 'node:fs/promises';
import { coveragePage } from './pages/coverage-page.ts';

const page = new URL('../docs/coverage.md', import.meta.url);
const written = coveragePage();
if (!process.argv.includes('--check')) await writeFile(page, written);
else if ((await readFile(page, 'utf8')) !== written) {
  console.error('docs/coverage.md is not what the catalogues say. Write it anew: npm run docs:coverage');
  process.exit(1);
}
