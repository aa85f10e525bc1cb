/** What decides how many workers there should be; the values of the chart's ScaledObject, which `npm run check:chart` holds against them. */
export const scaling = {
  /** Between two looks. */
  pollSeconds: 15,
  /** Slots that should be busy. */
  utilization: 0.95,
  /** What waits should have begun after so many seconds. */
  clearWithinSeconds: 30,
  /** What has waited for longer calls for more workers, whatever the counts say. */
  oldestWaitingSeconds: 60,
  /** By so many times those that are ready at most: the age grows on while more of them start. */
  ageTimes: 2,
  up: { percent: 100, pods: 4, everySeconds: 15 },
  /** `afterSeconds`: so long fewer must have been enough. */
  down: { percent: 50, everySeconds: 60, afterSeconds: 120 },
} as const;

/** The fleet at one look, as its metrics tell it. */
export interface Load {
  readonly workers: number;
  /** Of those the ones that are ready; a HorizontalPodAutoscaler multiplies no others by how far a value is beyond its target. */
  readonly ready: number;
  /** Slots of one worker. */
  readonly slots: number;
  /** Syncs that run. */
  readonly active: number;
  /** Syncs that wait for a slot, or are due. */
  readonly waiting: number;
  /** How long the one has waited that has waited for longest; 0: none waits. */
  readonly oldestSeconds: number;
  /** Mean length of the syncs that ended lately. */
  readonly meanSeconds: number;
}

/** What the two triggers ask for, the larger one; without bounds. */
export function wantedWorkers({ ready, slots, active, waiting, oldestSeconds, meanSeconds }: Load): number {
  const { utilization, clearWithinSeconds, oldestWaitingSeconds, ageTimes } = scaling;
  // A slot each lets all begin at once: long syncs call for no more than that.
  const needed = active + waiting * Math.min(meanSeconds / clearWithinSeconds, 1);
  const byLoad = needed / (slots * utilization);
  const byAge = ready * Math.min(oldestSeconds / oldestWaitingSeconds, ageTimes);
  return Math.max(Math.ceil(byLoad), Math.ceil(byAge));
}

export interface Governor {
  /** How many workers there should be from now on. @param atSeconds must not go back */
  next(load: Load, atSeconds: number): number;
}

interface Past {
  readonly at: number;
  readonly count: number;
}

/**
 * As a HorizontalPodAutoscaler carries the wish out: up at once, within its policies; down to the most that was wanted in the window.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
 */
export function createGovernor({ least, most }: { readonly least: number; readonly most: number }): Governor {
  const { up, down } = scaling;
  let wishes: Past[] = [];
  let sizes: Past[] = [];
  return {
    next(load, at) {
      const wish = Math.min(most, Math.max(least, wantedWorkers(load)));
      wishes = [...wishes.filter((one) => at - one.at < down.afterSeconds), { at, count: wish }];
      sizes = [
        ...sizes.filter((one) => at - one.at < Math.max(up.everySeconds, down.everySeconds)),
        { at, count: load.workers },
      ];
      const sizesSince = (seconds: number) => sizes.filter((one) => at - one.at < seconds).map(({ count }) => count);
      if (wish > load.workers) {
        const before = Math.min(...sizesSince(up.everySeconds));
        return Math.min(wish, Math.max(Math.ceil(before * (1 + up.percent / 100)), before + up.pods));
      }
      const wanted = Math.min(load.workers, Math.max(...wishes.map(({ count }) => count)));
      const before = Math.max(...sizesSince(down.everySeconds));
      return Math.max(wanted, Math.floor(before * (1 - down.percent / 100)), least);
    },
  };
}
