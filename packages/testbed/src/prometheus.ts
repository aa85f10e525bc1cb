import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianPackage } from './debian-package.ts';
import { freePort } from './free-port.ts';
import type { KeptTool } from './keep-tool.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** One line of an answer. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusOptions {
  /** Files with rules, as text. */
  readonly rules: string;
  /** The job's name in the scrape configuration. */
  readonly job: string;
  /** Between two scrapes, and between two looks at the rules. Milliseconds. */
  readonly everyMs: number;
}

/** A real Prometheus on a free loopback port. */
export interface Prometheus {
  readonly url: string;
  /** Scrapes these addresses (`host:port`) from now on, and no others. */
  watch(targets: readonly string[]): Promise<void>;
  /** @throws with what Prometheus says of the expression */
  query(expression: string): Promise<Sample[]>;
  /** The names of the alerts that fire. */
  firing(): Promise<string[]>;
  close(): Promise<void>;
}

/** Whether Prometheus can be run here, and why not. In CI it throws instead. */
export function prometheusAvailability(): Promise<KeptTool> {
  return find('prometheus');
}

async function find(name: 'prometheus' | 'promtool'): Promise<KeptTool> {
  if (spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0) return { available: true, path: name };
  return debianPackage({ package: 'prometheus', file: `usr/bin/${name}` });
}

/**
 * The same rules with every duration divided by `factor`: those of `for` and of the windows in brackets. A condition that has to last for
 * minutes is then one that has to last for seconds; what is compared with what stays.
 */
export function hastenRules(rules: string, factor: number): string {
  const hastened = (amount: string, unit: string) =>
    `${Math.round((Number(amount) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h']) / factor)}ms`;
  return rules
    .replace(/^(\s*for: )(\d+)([smh])$/gm, (_, before, amount, unit) => before + hastened(amount, unit))
    .replace(/\[(\d+)([smh])\]/g, (_, amount, unit) => `[${hastened(amount, unit)}]`);
}

/** Runs Prometheus' own tool, e.g. `check rules <file>` or `test rules <file>`. @throws with what it says when it is not content */
export async function promtool(...args: readonly string[]): Promise<void> {
  await run(await programOf('promtool'), [...args]);
}

/** Starts Prometheus; it scrapes nothing until it is told whom to watch. Throws where `prometheusAvailability` says no. */
export async function startPrometheus({ rules, job, everyMs }: PrometheusOptions): Promise<Prometheus> {
  const program = await programOf('prometheus');
  const folder = await mkdtemp(join(tmpdir(), 'fleet-prometheus-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, 'rules.yml'), rules);
  await writeFile(join(folder, 'targets.json'), '[]');
  await writeFile(join(folder, 'prometheus.yml'), configuration(job, everyMs));
  const child = spawn(
    program,
    // biome-ignore format: one flag a line
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ask = async <T>(path: string): Promise<T> => {
    const { status, data, error } = (await (await fetch(`${url}/api/v1/${path}`)).json()) as Answer<T>;
    if (status !== 'success' || data === undefined) throw new Error(`Prometheus refuses ${path}: ${error}`);
    return data;
  };
  await isReady(child, url);
  let written = Promise.resolve();
  return {
    url,
    watch(targets) {
      const text = JSON.stringify([{ targets }]);
      written = written.then(async () => {
        const draft = join(folder, 'targets.draft');
        await writeFile(draft, text);
        await rename(draft, join(folder, 'targets.json'));
      });
      return written;
    },
    async query(expression) {
      const { result } = await ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
        `query?query=${encodeURIComponent(expression)}`,
      );
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    async firing() {
      const { alerts } = await ask<{ alerts: { labels: { alertname: string }; state: string }[] }>('alerts');
      const names = alerts.flatMap(({ labels, state }) => (state === 'firing' ? [labels.alertname] : []));
      return [...new Set(names)].sort();
    },
    async close() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Answer<T> {
  readonly status: string;
  readonly data?: T;
  readonly error?: string;
}

function configuration(job: string, everyMs: number): string {
  return `global:
  scrape_interval: ${everyMs}ms
  scrape_timeout: ${everyMs}ms
  evaluation_interval: ${everyMs}ms
rule_files: [rules.yml]
scrape_configs:
  - job_name: ${job}
    file_sd_configs:
      - files: [targets.json]
        refresh_interval: 1s
`;
}

async function programOf(name: 'prometheus' | 'promtool'): Promise<string> {
  const found = await find(name);
  if (!found.available) throw new Error(found.why);
  return found.path;
}

async function isReady(child: ChildProcess, url: string): Promise<void> {
  await until('Prometheus is ready', async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended (${child.exitCode}) before it was ready`);
    return fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false, // refused until it listens
    );
  });
}
