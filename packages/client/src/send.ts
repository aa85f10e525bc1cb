import { operations } from './api.ts';
import { FleetError, readError } from './fleet-error.ts';

export interface ClientOptions {
  /** Where the API is, e.g. `https://fleet.example.com`. */
  readonly url: string;
  /** Made by `fleet tokens create`. */
  readonly token: string;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
  /** Longest wait for the beginning of an answer, milliseconds; 30,000 by default. */
  readonly timeoutMs?: number;
  /** How often a request is repeated that met an outage or a limit; 5 by default. */
  readonly retries?: number;
}

export interface Request {
  readonly operation: keyof typeof operations;
  readonly id?: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Sends a request, again where that may help, and gives its answer, whose body is not read yet. */
export type Send = (request: Request) => Promise<Response>;

const passing = new Set([408, 429, 502, 503, 504]);
const longestPauseMs = 30_000;

/** Every request may be repeated: those that read, those that are harmless twice, and those that carry a key. */
export function createSender(options: ClientOptions): Send {
  const { retries = 5 } = options;
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const { response, error } = await once(options, request);
      if (response?.ok) return response;
      const isPassing = response === undefined || passing.has(response.status);
      if (!isPassing || attempt > retries)
        throw response === undefined ? unreachable(error) : await readError(response);
      await response?.body?.cancel();
      await pause(pauseOf(attempt, response?.headers.get('retry-after') ?? null), request.signal);
    }
  };
}

async function once(
  { url, token, fetch: send = fetch, timeoutMs = 30_000 }: ClientOptions,
  { operation, id = '', query = {}, body, headers, signal }: Request,
): Promise<{ readonly response?: Response; readonly error?: unknown }> {
  const { method, path } = operations[operation];
  const address = new URL(url.replace(/\/$/, '') + path.replace('{id}', encodeURIComponent(id)));
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) address.searchParams.set(name, String(value));
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    const response = await send(address, {
      method,
      headers: {
        ...{ authorization: `Bearer ${token}`, ...headers },
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
    });
    return { response };
  } catch (error) {
    signal?.throwIfAborted();
    return { error };
  } finally {
    clearTimeout(timer); // the body may take as long as it takes
  }
}

function unreachable(error: unknown): FleetError {
  const why = error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : 'unknown';
  return new FleetError(`The fleet cannot be reached: ${why}`, { code: 'unavailable', status: 0 });
}

/** As the fleet says, else exponential with jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export function pauseOf(attempt: number, retryAfter: string | null): number {
  const told = Number(retryAfter ?? Number.NaN);
  const ownMs = 200 * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  return Math.min(Number.isFinite(told) ? told * 1_000 : ownMs, longestPauseMs);
}

/** @throws the signal's reason when it aborts */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
