import type { CallTotal } from './ports.ts';

/** What calls add to a run's totals. Milliseconds, bytes. */
export type CallCounts = Omit<CallTotal, 'operation'>;

/** Hears what a run does with its provider, for metrics and traces. What it wraps goes on as if it were not there. */
export interface Observer {
  /** Reads one slice of a stream. @param type of its evidence */
  stream<T>(type: string, read: () => Promise<T>): Promise<T>;
  /**
   * Makes one call, its waits and further tries included.
   * @param operation as the connector names it, without ids; the method alone where it does not
   */
  call<T>(operation: string, make: () => Promise<T>): Promise<T>;
  /** One request to the provider is over. @param status null: no answer that could be used */
  answered(status: number | null, ms: number): void;
  counted(counts: Partial<CallCounts>): void;
}

export const silentObserver: Observer = {
  stream: (_, read) => read(),
  call: (_, make) => make(),
  answered() {},
  counted() {},
};
