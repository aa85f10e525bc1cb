import { join } from 'node:path';
import TestSequencer from '@jest/test-sequencer';

/** The test files that take longest, the longest first; the two that load the machine most, durability and truth, one after the other. */
const longest = [
  'scripts/durability/durability.integration.test.ts',
  'scripts/signals/signals.integration.test.ts',
  'apps/scheduler/src/fairness.integration.test.ts',
  'apps/worker/src/secrets.integration.test.ts',
  'apps/cli/src/commands/operating.integration.test.ts',
  'apps/worker/src/stores.integration.test.ts',
  'scripts/api/api.integration.test.ts',
  'scripts/truth/truth.integration.test.ts',
  'apps/worker/src/upgrade.integration.test.ts',
  'packages/client/src/client.integration.test.ts',
  'apps/worker/src/restore.integration.test.ts',
  'scripts/requests/requests.integration.test.ts',
  'apps/cli/src/cli.integration.test.ts',
  'apps/cli/src/report/report.integration.test.ts',
  'apps/worker/src/recovery.integration.test.ts',
  'apps/worker/src/fleet.integration.test.ts',
  'apps/worker/src/sync-run.integration.test.ts',
  'apps/worker/src/poison-run.integration.test.ts',
  'apps/worker/src/outage.integration.test.ts',
  'apps/worker/src/database-gate.integration.test.ts',
  'packages/db/src/outage.integration.test.ts',
];

/**
 * Begins with what takes longest, so that the workers end together: Jest itself knows how long a file takes from an earlier run only, which a
 * fresh clone has not seen, and goes by the size of the file until then.
 */
export default class LongestFirst extends TestSequencer {
  async sort(tests) {
    const ordered = await super.sort(tests);
    const rank = ({ path, context }) => {
      const place = longest.findIndex((file) => path === join(context.config.rootDir, file));
      return place === -1 ? longest.length : place;
    };
    return ordered.toSorted((one, other) => rank(one) - rank(other));
  }
}
