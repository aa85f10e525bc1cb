/** What the tick program has to do. */
export interface TickTask {
  /** As fleet_scheduler. */
  readonly url: string;
  readonly redisUrl: string;
  /** Ticks before it measures: a heap that has not grown to its size yet is no leak. */
  readonly warmUp: number;
  readonly ticks: number;
}

export interface TicksMeasured {
  /** Each tick. */
  readonly ms: readonly number[];
  /** Resident memory after the warm-up, and at the end; bytes. */
  readonly rssBefore: number;
  readonly rssAfter: number;
}
