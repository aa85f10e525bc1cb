/** What goes wrong instead of, or on top of, the true answer. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** Wrong headers on the true answer. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  /** A wrong body under the true status. */
  | { readonly kind: 'body'; readonly body: unknown }
  /** One item, by its number, left out of a list. */
  | { readonly kind: 'without'; readonly number: number }
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The true answer is held back. @see createHold */
  | Hold['fault']
  /** The connection is reset before any answer. */
  | { readonly kind: 'reset' }
  /** Half the body, then the connection is closed. */
  | { readonly kind: 'truncate' }
  /** A proxy's page under status 200. */
  | { readonly kind: 'html' }
  /** The next page is this one. */
  | { readonly kind: 'loop' }
  /** The next page is at another host. */
  | { readonly kind: 'foreign-next'; readonly url: string };

/** An answer that comes when the test says so. */
export interface Hold {
  /** To be planned; one hold may be met by any number of calls. */
  readonly fault: { readonly kind: 'hold'; hold(): Promise<void> };
  /** Resolves when a call has come whose answer is being held. */
  readonly reached: Promise<void>;
  release(): void;
}

export function createHold(): Hold {
  const released = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  return {
    fault: {
      kind: 'hold',
      hold() {
        reached.resolve();
        return released.promise;
      },
    },
    reached: reached.promise,
    release: released.resolve,
  };
}

export type PlannedFault = Fault & {
  /** Tested against path and query. */
  readonly match: RegExp;
  /** How often it strikes; without it, once. */
  readonly times?: number;
};

export interface Faults {
  add(fault: PlannedFault): void;
  clear(): void;
  /** Takes the first fault planned for this address, if any. */
  take(address: string): Fault | undefined;
}

export function createFaults(): Faults {
  let planned: { fault: PlannedFault; left: number }[] = [];
  return {
    add(fault) {
      planned.push({ fault, left: fault.times ?? 1 });
    },
    clear() {
      planned = [];
    },
    take(address) {
      const found = planned.find(({ fault, left }) => left > 0 && fault.match.test(address));
      if (found === undefined) return undefined;
      found.left -= 1;
      return found.fault;
    },
  };
}
