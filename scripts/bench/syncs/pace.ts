/** How fast a process did its work once it was warm. */
export interface Paced {
  readonly perSecond: number;
  /** User and system, for one piece of work; milliseconds. */
  readonly cpuMs: number;
}

/** Resolves when `total` pieces of work have ended; the first fifth warms the process up and is not measured. */
export function createPace(total: number): { ended(): void; readonly paced: Promise<Paced> } {
  const { promise: paced, resolve } = Promise.withResolvers<Paced>();
  const warmUp = Math.ceil(total / 5);
  let count = 0;
  let [startedAt, cpu] = [0, process.cpuUsage()];
  return {
    paced,
    ended() {
      count += 1;
      if (count === warmUp) [startedAt, cpu] = [performance.now(), process.cpuUsage()];
      if (count !== total) return;
      const { user, system } = process.cpuUsage(cpu);
      const measured = total - warmUp;
      resolve({
        perSecond: (measured / (performance.now() - startedAt)) * 1_000,
        cpuMs: (user + system) / 1_000 / measured,
      });
    },
  };
}
