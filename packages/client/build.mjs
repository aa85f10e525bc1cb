// Builds the package as it is published: ES modules and CommonJS, each with its types.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const compiler = here('../../node_modules/typescript/bin/tsc');

rmSync(here('dist'), { recursive: true, force: true });
build('esm', ['--module', 'nodenext', '--moduleResolution', 'nodenext']);
build('cjs', ['--module', 'commonjs', '--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false']);
// What stands beside it says that these files are CommonJS, whatever the package says of the others.
writeFileSync(here('dist/cjs/package.json'), '{ "type": "commonjs" }\n');

function build(folder, options) {
  execFileSync(
    process.execPath,
    [compiler, '-p', here('tsconfig.json'), '--outDir', here(`dist/${folder}`), ...options],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  // Declarations keep the names of their sources, which are not published.
  for (const name of readdirSync(here(`dist/${folder}`)).filter((file) => file.endsWith('.d.ts'))) {
    const file = here(`dist/${folder}/${name}`);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'"));
  }
}
