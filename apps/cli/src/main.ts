#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Halves the start. Beside the code it was made from, because a folder that others may write could hold somebody else's code.
enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/fleet', import.meta.url)));
const { run } = await import('./program.ts');
process.exitCode = await run(process.argv.slice(2));
