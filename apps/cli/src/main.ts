#!/usr/bin/env node
import { createProgram } from './program.ts';
import { refuseSecrets } from './refuse-secrets.ts';
import { reportError } from './report-error.ts';

const args = process.argv.slice(2);
try {
  refuseSecrets(args);
  await createProgram().parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = reportError(error, args.includes('--debug'));
}
