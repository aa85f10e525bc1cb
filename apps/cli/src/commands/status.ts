import { sleep } from '@evidence-fleet/service';
import { Command } from 'commander';
import { requireVariable } from '../env.ts';
import { type Fleet, parseCount, withFleet } from '../fleet.ts';
import { printJson, printLine } from '../output.ts';
import { createRedrawn } from '../redraw.ts';
import type { FleetStatus } from '../status/read-status.ts';

interface StatusOptions {
  readonly watch?: boolean;
  readonly interval: number;
}

export function statusCommand(): Command {
  return new Command('status')
    .description('what goes on: workers, queues, runs, quota, open gaps, integrations that fail')
    .option('--watch', 'again and again, until Ctrl-C')
    .option('--interval <seconds>', 'between two looks of --watch', parseCount, 2)
    .addHelpText(
      'after',
      `
Queues and workers are those of the whole fleet; everything else is the organization's. A worker is known by its connection to Redis, and by the
runs that it holds. Each look costs the same however much there is: counts end at 10,000, which is then said.

Examples:
  fleet status
  fleet status --watch
  fleet status --watch --json | jq -c .unfinished     # a line a look
  fleet status --json | jq '.failing[] | .name'`,
    )
    .action((options: StatusOptions, command: Command) => withFleet(command, (fleet) => status(fleet, options)));
}

async function status(fleet: Fleet, { watch = false, interval }: StatusOptions): Promise<void> {
  const { database, organization, env, json } = fleet;
  const { createStatusReader } = await import('../status/read-status.ts');
  const { renderStatus } = await import('../status/render-status.ts');
  const redisUrl = requireVariable(env, 'REDIS_URL');
  const reader = await createStatusReader({ database, organization, redisUrl, quotaShare: env.QUOTA_SHARE });
  try {
    if (!watch) {
      const now = await reader.read();
      return json ? printJson(now) : renderStatus(now).forEach(printLine);
    }
    const view = createRedrawn(process.stdout);
    const show = (now: FleetStatus) => (json ? printLine(JSON.stringify(now)) : view.show(renderStatus(now)));
    await untilInterrupted(async () => show(await reader.read()), interval * 1_000);
  } finally {
    await reader.close();
  }
}

/** Ctrl-C, or the end of the reader, is how watching ends: no failure. */
async function untilInterrupted(look: () => Promise<void>, everyMs: number): Promise<void> {
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  process.stdout.once('error', stop);
  while (!interrupted.signal.aborted) {
    await look();
    await sleep(everyMs, interrupted.signal).catch(() => undefined); // interrupted: the loop ends
  }
}
