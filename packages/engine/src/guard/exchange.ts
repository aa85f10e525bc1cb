import { ConnectorError } from '@evidence-fleet/connector-sdk';
import type { Agent } from 'undici';
import type { Observer } from '../observer.ts';
import { refuseMonster } from './answer-shape.ts';
import { readBody } from './body.ts';
import { withDeadline } from './deadline.ts';
import type { DestinationCheck } from './destinations.ts';
import { toNetworkError } from './network-error.ts';
import type { Outgoing } from './outgoing.ts';

/** A complete answer, decoded; whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer<ArrayBuffer>;
  readonly url: URL;
}

/** One request and its whole answer. Follows nothing, retries nothing; throws a ConnectorError or the reason of an abort. */
export type Exchange = (outgoing: Outgoing) => Promise<Answer>;

export interface ExchangeOptions {
  readonly agent: Agent;
  readonly checkDestination: DestinationCheck;
  readonly signal: AbortSignal;
  /** For the whole exchange, the body included: a slow drip ends here. */
  readonly timeoutMs: number;
  /** Of a decoded body. */
  readonly responseBytes: number;
}

export function createExchange(options: ExchangeOptions): Exchange {
  return (outgoing) => {
    const { url } = outgoing;
    options.checkDestination(url);
    const late = () =>
      new ConnectorError('timeout', `${url.host} did not answer completely within ${options.timeoutMs} ms.`);
    return withDeadline(
      { signals: [options.signal, outgoing.signal], timeoutMs: options.timeoutMs, late },
      async (deadline) => {
        try {
          return await send(outgoing, options, deadline);
        } catch (error) {
          if (deadline.aborted) throw deadline.reason;
          throw toNetworkError(error, url.host);
        }
      },
    );
  };
}

/** Tells of every request, whatever became of it; of one that we broke off nothing, unless it was for its time: that says nothing about the provider. */
export function observedExchange(
  exchange: Exchange,
  { observer, signal }: { readonly observer: Observer; readonly signal: AbortSignal },
): Exchange {
  return async (outgoing) => {
    const begun = performance.now();
    const isBrokenOff = () =>
      signal.aborted || (outgoing.signal?.aborted && !(outgoing.signal.reason instanceof ConnectorError));
    const told = (status: number | null) => {
      if (!isBrokenOff()) observer.answered(status, performance.now() - begun);
    };
    try {
      const answer = await exchange(outgoing);
      told(answer.status);
      return answer;
    } catch (error) {
      told(null);
      throw error;
    }
  };
}

async function send(
  { url, method, headers, body }: Outgoing,
  options: ExchangeOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const answer = await options.agent.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    // undici sends any method; its type lists the common ones
    method: method as 'GET',
    headers: Object.fromEntries(headers),
    body,
    signal,
  });
  const received = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const one of [value ?? []].flat()) received.append(name, one);
  }
  const status = answer.statusCode;
  const isEmpty = method === 'HEAD' || status === 204 || status === 205 || status === 304;
  const encoding = isEmpty ? '' : (received.get('content-encoding') ?? '').trim().toLowerCase();
  const length = isEmpty ? '0' : (received.get('content-length') ?? undefined);
  if (status < 200 || status > 599) {
    answer.body.on('error', () => {}).destroy();
    throw new ConnectorError('malformed', `${url.host} answered with the status ${status}, which does not exist.`);
  }
  const limits = { encoding, length, most: options.responseBytes, host: url.host };
  const read = await unlessMonster(status, async () => {
    const whole = await readBody(answer.body, limits);
    if (!isEmpty && !isBinary(received)) refuseMonster(whole, url.host);
    return whole;
  });
  // they describe the body as it travelled, not as it is handed on
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) if (!isEmpty) received.delete(name);
  return { status, headers: received, body: read, url };
}

/** A failure is judged by its status, not told as malformed: a body that is not read says nothing about it. */
async function unlessMonster(status: number, read: () => Promise<Buffer<ArrayBuffer>>): Promise<Buffer<ArrayBuffer>> {
  try {
    return await read();
  } catch (error) {
    if (status >= 400 && error instanceof ConnectorError && error.code === 'malformed') return Buffer.alloc(0);
    throw error;
  }
}

/** What nobody parses as JSON or XML. Where an answer does not say what it is, it is looked at. */
function isBinary(headers: Headers): boolean {
  return /^(image|audio|video|font)\/|^application\/(octet-stream|zip|gzip|pdf)/.test(
    headers.get('content-type') ?? '',
  );
}

/** An answer as `fetch` would give it; the body is complete. */
export function toResponse({ status, headers, body, url }: Answer): Response {
  const isNullBody = status === 204 || status === 205 || status === 304;
  const response = new Response(isNullBody ? null : body, { status, headers });
  // a constructed Response has no address, and SDKs resolve links against it
  Object.defineProperty(response, 'url', { value: url.href });
  return response;
}
