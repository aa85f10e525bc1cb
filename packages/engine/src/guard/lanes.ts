import Bottleneck from 'bottleneck';
import { orAborted } from './deadline.ts';

/** Runs at most so many tasks at once; the others queue in order. An abort ends waiting and running ones with its reason. */
export type Lanes = <T>(task: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** Bottleneck, unclustered: what a fleet shares is the quota's matter (packages/quota), this is one integration in one process. */
export function createLanes(concurrency: number): Lanes {
  const limiter = new Bottleneck({ maxConcurrent: concurrency });
  return (task, signal) => {
    const queued = limiter.schedule(async () => {
      signal.throwIfAborted();
      return await task();
    });
    return orAborted(queued, signal);
  };
}
