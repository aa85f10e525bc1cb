/** What a look at one thing came to. Sentences are public: they hold no secret. */
export interface Check {
  readonly name: string;
  /** `fail`: the fleet, or this integration, does not work or is not safe. `warn`: it works, and somebody should look. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly finding: string;
  /** What to do about it; null where there is nothing to do. */
  readonly todo: string | null;
}

export function ok(name: string, finding: string): Check {
  return { name, status: 'ok', finding, todo: null };
}

export function warn(name: string, finding: string, todo: string): Check {
  return { name, status: 'warn', finding, todo };
}

export function fail(name: string, finding: string, todo: string): Check {
  return { name, status: 'fail', finding, todo };
}

/** The place an address names, without user and password. */
export function placeOf(address: string, defaultPort: number): string {
  const { hostname, port, pathname } = new URL(address);
  return `${hostname || 'localhost'}:${port || defaultPort}${pathname === '/' ? '' : pathname}`;
}
