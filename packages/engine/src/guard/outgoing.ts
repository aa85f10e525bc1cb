import { ConnectorError } from '@evidence-fleet/connector-sdk';

/** A request with its body in memory, so that it can be sent again. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Uint8Array | null;
  /** GET, HEAD, OPTIONS, or marked by `x-fleet-idempotent: 1`. */
  readonly idempotent: boolean;
  /** The caller's own signal, if it gave one. */
  readonly signal: AbortSignal | undefined;
}

/** The connection's own business: undici sets them, and a foreign `host` would get round the pinning. */
const connectionHeaders = [
  'host',
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'expect',
];
const idempotentHeader = 'x-fleet-idempotent';

/** Reads the arguments of a `fetch`. Throws `malformed` for a URL that is none. */
export async function readOutgoing(input: string | URL | Request, init?: RequestInit): Promise<Outgoing> {
  let request: Request;
  try {
    request = new Request(input, init);
  } catch (cause) {
    // the message of the platform's error quotes the URL
    throw new ConnectorError('malformed', 'A call had an address or options that no request can have.', {
      cause: new Error(cause instanceof Error ? cause.name : 'unknown'),
    });
  }
  const headers = new Headers(request.headers);
  const idempotent = ['GET', 'HEAD', 'OPTIONS'].includes(request.method) || headers.get(idempotentHeader) === '1';
  for (const name of [...connectionHeaders, idempotentHeader]) headers.delete(name);
  if (!headers.has('accept')) headers.set('accept', '*/*');
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'gzip, deflate, br');
  if (!headers.has('user-agent')) headers.set('user-agent', 'evidence-fleet');
  const url = new URL(request.url);
  url.hash = '';
  const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
  const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
  return { method: request.method, url, headers, body, idempotent, signal };
}
