// `npm run docs:openapi`: the description of the API into docs/openapi.json, and what the client is typed by, from the API's own schemas. With
// --check nothing is written: exit 1 where a file is not as it should be.
import { readFile, writeFile } from 'node:fs/promises';
import { openapiFiles } from './openapi/files.ts';

for (const [path, content] of Object.entries(await openapiFiles())) {
  const file = new URL(`../${path}`, import.meta.url);
  const stored = await readFile(file, 'utf8').catch(() => null);
  if (stored === content) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is not what the API says: npm run docs:openapi`);
    process.exitCode = 1;
  } else {
    await writeFile(file, content);
    console.log(`wrote ${path}`);
  }
}
