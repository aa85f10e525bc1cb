import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type PythonVenv, pythonVenv } from '@evidence-fleet/testbed';
import { z } from 'zod';

/** https://schemathesis.readthedocs.io */
const version = '4.32.5';
const tool = { name: `schemathesis-${version}`, packages: [`schemathesis==${version}`] };

/** The description that is attacked. */
export const descriptionFile = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));

/** Installs Schemathesis where that is possible, and says why where it is not. In CI it throws instead. */
export function schemathesisAvailability(): Promise<PythonVenv> {
  return pythonVenv(tool);
}

export interface Generated {
  /** Requests that it made. */
  readonly cases: number;
  /** What it found, a line each. */
  readonly findings: readonly string[];
  /** All that it printed. */
  readonly output: string;
}

export interface GenerateOptions {
  readonly python: string;
  readonly url: string;
  readonly token: string;
  readonly seconds: number;
  readonly seed: number;
  readonly phases: readonly ('examples' | 'coverage' | 'fuzzing' | 'stateful')[];
}

/**
 * Valid and invalid requests over the description, and every check that there is. A key that was used for other types is refused by 422, and valid all the same.
 */
const config = `
continue-on-failure = true
request-timeout = 20.0
[auth.openapi.serviceToken]
bearer = "\${FLEET_API_TOKEN}"
[generation]
database = "none"
[checks]
negative_data_rejection.expected-statuses = ["400", "401", "404", "405", "409", "413", "415", "422", "431"]
positive_data_acceptance.expected-statuses = ["2xx", "404", "409", "422"]
`;

const report = z.object({
  test_cases: z.object({ generated: z.int() }),
  failures: z.array(z.object({ title: z.string(), count: z.int(), operations: z.array(z.string()) })),
  errors: z.array(z.object({ title: z.string(), count: z.int() })),
});

/** Runs it once, in a process and a folder of its own. @throws when it ends without a report */
export async function generate({ python, url, token, seconds, seed, phases }: GenerateOptions): Promise<Generated> {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-schemathesis-'));
  try {
    await writeFile(join(folder, 'schemathesis.toml'), config);
    const child = spawn(
      python,
      [
        ...['-m', 'schemathesis.cli', '--config-file', join(folder, 'schemathesis.toml')],
        ...[
          'run',
          descriptionFile,
          '--url',
          url,
          '--max-time',
          String(seconds),
          '--seed',
          String(seed),
          '--phases',
          phases.join(),
        ],
        ...['--no-shrink', '--no-color', '--report', 'json', '--report-json-path', join(folder, 'report.json')],
      ],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { FLEET_API_TOKEN: token, PYTHONIOENCODING: 'utf-8' },
      },
    );
    const deadline = setTimeout(() => child.kill('SIGKILL'), (seconds + 60) * 1_000);
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    clearTimeout(deadline);
    const told = await readFile(join(folder, 'report.json'), 'utf8').catch(() => null);
    if (told === null) throw new Error(`Schemathesis ended without a report: ${(errors || output).slice(-2_000)}`);
    const { test_cases, failures, errors: broken } = report.parse(JSON.parse(told));
    const findings = [
      ...failures.map(({ title, count, operations }) => `${title} (${count}): ${operations.join(', ')}`),
      ...broken.map(({ title, count }) => `${title} (${count})`),
    ];
    return { cases: test_cases.generated, findings, output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
