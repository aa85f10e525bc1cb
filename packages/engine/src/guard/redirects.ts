import { ConnectorError } from '@evidence-fleet/connector-sdk';
import type { Answer } from './exchange.ts';
import type { Outgoing } from './outgoing.ts';

const mostRedirects = 3;
const redirectStatuses = [301, 302, 303, 307, 308];

/**
 * Sends a request and follows redirects that stay with its origin, three at most. A redirect elsewhere ends in `malformed` and
 * nothing is sent there: the credential belongs to this host.
 */
export async function followRedirects(first: Outgoing, send: (outgoing: Outgoing) => Promise<Answer>): Promise<Answer> {
  let outgoing = first;
  for (let followed = 0; ; followed += 1) {
    const answer = await send(outgoing);
    const location = answer.headers.get('location');
    if (location === null || !redirectStatuses.includes(answer.status)) return answer;
    if (followed === mostRedirects)
      throw refused(outgoing.url, `sends calls in circles, more than ${mostRedirects} redirects`);
    outgoing = redirected(outgoing, location, answer.status);
  }
}

function redirected(outgoing: Outgoing, location: string, status: number): Outgoing {
  const url = URL.parse(location, outgoing.url);
  if (url === null) throw refused(outgoing.url, 'redirects to something that is no address');
  if (url.origin !== outgoing.url.origin) {
    const where = url.hostname === outgoing.url.hostname ? `${url.protocol}//${url.host}` : url.hostname;
    throw refused(outgoing.url, `redirects to ${where}, and a credential is never sent to another host`);
  }
  url.hash = '';
  if (outgoing.method === 'GET' || outgoing.method === 'HEAD') return { ...outgoing, url };
  if (status === 303) return { ...outgoing, url, method: 'GET', body: null };
  if (status === 307 || status === 308) return { ...outgoing, url };
  throw refused(outgoing.url, `redirects a ${outgoing.method}`);
}

function refused(url: URL, why: string): ConnectorError {
  return new ConnectorError('malformed', `${url.host} ${why}.`);
}
