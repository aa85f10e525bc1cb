import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { createAddressCheck, type NetworkPolicy } from './addresses.ts';
import { createConnections } from './connections.ts';
import { withDeadline } from './deadline.ts';
import { toNetworkError } from './network-error.ts';

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Posts to addresses that tenants chose. */
export interface Poster {
  /**
   * Sends once; follows no redirect and reads no answer.
   * @returns the answer's status
   * @throws ConnectorError that names the host alone, because the rest of the address may be a secret; or the signal's reason
   */
  post(post: Post, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}

/**
 * The same check as provider calls go through stands between: no private address unless the operator names it, at the name, at its
 * resolution and at the socket. Without TLS only such a named one is reached.
 * @param options.timeoutMs for one post, from the connection to the answer's head
 */
export function createPoster(options: { readonly network: NetworkPolicy; readonly timeoutMs: number }): Poster {
  const { network, timeoutMs } = options;
  const agent = createConnections(createAddressCheck(network), { concurrency: 1, timeoutMs });
  return {
    post({ url, headers, body }, signal) {
      const late = () => new ConnectorError('timeout', `${url.host} did not answer within ${timeoutMs / 1_000} s.`);
      return withDeadline({ signals: [signal], timeoutMs, late }, async (deadline) => {
        requireTls(url, network);
        try {
          const path = `${url.pathname}${url.search}`;
          const answer = await agent.request({
            origin: url.origin,
            path,
            method: 'POST',
            headers,
            body,
            signal: deadline,
          });
          answer.body.on('error', () => {}).destroy();
          return answer.statusCode;
        } catch (error) {
          if (deadline.aborted) throw deadline.reason;
          throw toNetworkError(error, url.host);
        }
      });
    },
    close: () => agent.destroy(),
  };
}

function requireTls(url: URL, { allowPrivate }: NetworkPolicy): void {
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const isNamed = [url.host, hostname].some((name) => allowPrivate.includes(name));
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isNamed)) return;
  throw new ConnectorError('configuration_error', `${url.host} must be reached over https.`);
}
