import type { AwsOperation } from './operation.ts';
import type { AwsAccount } from './world.ts';

/** What moves between two reads without anything having changed. */
export interface Volatile {
  /** Counts the churns; lists are shuffled by it and times of last use derive from it. */
  readonly churned: number;
  /** The most that one page of a list holds, whatever was asked for. */
  readonly pageSize: number;
  readonly tellsBucketRegions: boolean;
  isHidden(name: string): boolean;
}

/** An answer of moto, and what it is shaped by. */
export interface Shaping {
  readonly call: AwsOperation;
  readonly account: AwsAccount;
  readonly state: Volatile;
  readonly body: string;
}

/** When anything that is in use was last used: it moves with every churn. */
export function lastUsed({ churned }: Volatile): Date {
  return new Date(Date.UTC(2026, 0, 1) + churned * 60_000);
}
