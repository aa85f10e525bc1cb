// `npm run simulate:scale`: a generated day over the real queue, with real workers that are started and stopped by the rule of the chart's
// ScaledObject. A day takes an hour; `--speed`, `--hours`, `--integrations`, `--joining`, `--slots` and `--seed` make it another one. Exits 1 when a
// promise is broken.
import { parseArgs } from 'node:util';
import { play } from './scale/play.ts';
import type { Tally } from './scale/tally.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    integrations: { type: 'string', default: '4000' },
    joining: { type: 'string', default: '20000' },
    speed: { type: 'string', default: '24' },
    slots: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});

/** From due to start, and of the least worker hours. */
const promised = { p95Seconds: 60, ofLeast: 1.3 };

const tally = await play({
  hours: numberOf('hours'),
  integrations: numberOf('integrations'),
  joining: numberOf('joining'),
  speed: numberOf('speed'),
  slots: numberOf('slots'),
  seed: numberOf('seed'),
  workers: { least: 2, most: 40 },
  say: (line) => console.log(line),
});
console.log(`\n${tableOf(tally)}\n`);
const broken = brokenOf(tally);
console.log(broken.length === 0 ? 'Every promise was kept.' : `Broken: ${broken.join('; ')}`);
process.exit(broken.length === 0 ? 0 : 1);

function numberOf(name: keyof typeof values): number {
  const value = Number(values[name]);
  if (value > 0) return value;
  console.error(`--${name} takes a number above 0, not "${values[name]}".`);
  process.exit(2);
}

function tableOf({ waits, workerSeconds, leastSeconds, starts, largest, handedOver }: Tally): string {
  const seconds = (value: number) => `${value.toFixed(0)} s`;
  const hours = (value: number) => (value / 3_600).toFixed(1);
  return [
    '| From due to start | Syncs | p50 | p95 | p99 |',
    '|---|---|---|---|---|',
    ...waits.map(
      ({ of, syncs, p50, p95, p99 }) => `| ${of} | ${syncs} | ${[p50, p95, p99].map(seconds).join(' | ')} |`,
    ),
    '',
    `Worker hours: ${hours(workerSeconds)}, ${(workerSeconds / leastSeconds).toFixed(2)} × the least (${hours(leastSeconds)}). At most ${largest} workers, ${starts} starts, ${handedOver} syncs handed over.`,
  ].join('\n');
}

function brokenOf({ waits, workerSeconds, leastSeconds, faults }: Tally): string[] {
  const p95 = waits[0]?.p95 ?? Number.POSITIVE_INFINITY;
  return [
    ...(p95 < promised.p95Seconds ? [] : [`p95 from due to start is ${p95.toFixed(0)} s`]),
    ...(workerSeconds <= promised.ofLeast * leastSeconds ? [] : ['more worker hours than promised']),
    ...faults,
  ];
}
