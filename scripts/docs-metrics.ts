// `npm run docs:metrics` writes docs/metrics.md and the dashboard; with --check (`npm run check:metrics`) it only says whether they are as it would
// write them.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dashboard } from './pages/dashboard.ts';
import { metricsPage } from './pages/metrics-page.ts';

const files = { 'docs/metrics.md': metricsPage(), 'deploy/grafana/evidence-fleet.json': dashboard() };
for (const [name, written] of Object.entries(files)) {
  const path = fileURLToPath(new URL(`../${name}`, import.meta.url));
  if (!process.argv.includes('--check')) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, written);
  } else if ((await readFile(path, 'utf8')) !== written) {
    console.error(`${name} is not what the processes register. Write it anew: npm run docs:metrics`);
    process.exitCode = 1;
  }
}
process.exit(); // Node's own metrics keep watching
