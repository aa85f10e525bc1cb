import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FaultAdapter, FrontAnswer, FrontCall, FrontFault, FrontRequest, FrontSite } from './adapter.ts';
import { deliver } from './deliver.ts';

/** What goes wrong, where, and how often. */
export interface PlannedStrike {
  readonly fault: FrontFault;
  readonly operation: string;
  /** Ignored by a fault that strikes the whole operation. */
  readonly site: string;
  /** Infinity: for good. */
  readonly times: number;
}

/** A proxy between a connector and its provider that records every call and is wrong where it is told to be. */
export interface FaultFront {
  /** What the connector takes for its provider. */
  readonly url: string;
  /** The calls since the last `reset`, in the order of their coming. */
  readonly sites: readonly FrontSite[];
  /** How many calls ran into the planned fault since the last `reset`. */
  readonly struck: number;
  plan(strike: PlannedStrike): void;
  /** Forgets the fault, and breaks what it still holds open. */
  lift(): void;
  /** `lift`, and forgets what was recorded. */
  reset(): void;
  close(): Promise<void>;
}

export interface FaultFrontOptions {
  readonly adapter: FaultAdapter;
  /** The provider. */
  readonly upstream: string;
  /** Nothing may ever arrive there. */
  readonly foreignUrl: string;
}

/**
 * Starts a front before `upstream`, whose world must not change from then on: each distinct call is asked once and its answer
 * remembered, so that a matrix of thousands of runs costs the provider next to nothing.
 */
export async function startFaultFront(options: FaultFrontOptions): Promise<FaultFront> {
  const { adapter, upstream, foreignUrl } = options;
  const remembered = new Map<string, Promise<FrontAnswer>>();
  const passed = new Map<string, Map<string, readonly string[]>>();
  const held = new Set<ServerResponse>();
  let sites: FrontSite[] = [];
  let planned: (PlannedStrike & { left: number }) | undefined;
  let struck = 0;
  let url = '';

  function ask(request: FrontRequest, key: string): Promise<FrontAnswer> {
    const known = remembered.get(key);
    if (known !== undefined) return known;
    // Links in its answers lead back to the front, as those of a provider behind a public name do.
    const asked = forward(upstream, request).then((answer) => withLinksTo(answer, upstream, url));
    remembered.set(key, asked);
    asked.catch(() => remembered.delete(key)); // told to the caller; asked anew by the next
    return asked;
  }

  function takes(call: FrontCall): boolean {
    if (planned === undefined || planned.left <= 0 || planned.operation !== call.operation) return false;
    if (!planned.fault.wholeOperation && planned.site !== call.site) return false;
    planned.left -= 1;
    struck += 1;
    return true;
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    const call = adapter.read(request);
    if (call === undefined) throw new Error('no client of this provider sends that');
    const isHit = takes(call);
    const fault = planned?.fault;
    const asked = `${call.operation} ${call.site} ${call.window ?? ''}`;
    const answer = await ask(request, asked);
    const page = adapter.page(call, answer);
    sites.push(siteOf(call, answer, page));
    const pages = passed.get(call.list ?? '') ?? new Map<string, readonly string[]>();
    const others = [...pages].filter(([site]) => site !== call.site).flatMap(([, items]) => items);
    if (call.list !== undefined && page !== undefined) passed.set(call.list, pages.set(call.site, page.items));
    const isHead = request.method === 'HEAD';
    if (!isHit || fault === undefined) return deliver(response, { kind: 'answer', answer }, isHead);
    const again = (other: FrontRequest) => ask(other, `${asked} ${other.headers.authorization}`);
    const context = { adapter, call, answer, page, others, frontUrl: url, foreignUrl, ask: again };
    const delivery = await fault.strike(context);
    if (planned?.fault !== fault) return void response.destroy(); // lifted meanwhile
    if (delivery.kind !== 'answer') held.add(response);
    response.once('close', () => held.delete(response));
    await deliver(response, delivery, isHead);
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has no other kind of address
  url = `http://127.0.0.1:${port}`;

  function lift(): void {
    planned = undefined;
    for (const response of held) response.destroy();
    held.clear();
  }

  return {
    url,
    get sites() {
      return sites;
    },
    get struck() {
      return struck;
    },
    plan(strike) {
      planned = { ...strike, left: strike.times };
    },
    lift,
    reset() {
      lift();
      sites = [];
      struck = 0;
    },
    async close() {
      lift();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function siteOf(
  { operation, site, list, request }: FrontCall,
  { status }: FrontAnswer,
  page: { readonly next: string | undefined } | undefined,
): FrontSite {
  return {
    operation,
    site,
    method: request.method,
    status,
    isPage: page !== undefined,
    hasNext: page?.next !== undefined,
    isFirstPage: list === site,
  };
}

async function readRequest(incoming: IncomingMessage): Promise<FrontRequest> {
  const { method = 'GET', url: path = '/', headers } = incoming;
  return { method, path, headers, body: await text(incoming) };
}

/** The connection's own headers, and the time, which is the front's. */
const ownHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date']);

async function forward(upstream: string, { method, path, headers, body }: FrontRequest): Promise<FrontAnswer> {
  const outgoing = httpRequest(`${upstream}${path}`, { method, headers });
  outgoing.end(body);
  const [answer]: [IncomingMessage] = (await once(outgoing, 'response')) as [IncomingMessage]; // the event's only argument
  const told = Object.entries(answer.headers).filter(([name]) => !ownHeaders.has(name));
  return {
    status: answer.statusCode ?? 500,
    headers: Object.fromEntries(told.map(([name, value]) => [name, String(value)])),
    body: await text(answer),
  };
}

function withLinksTo(answer: FrontAnswer, upstream: string, url: string): FrontAnswer {
  const { link } = answer.headers;
  return link === undefined
    ? answer
    : { ...answer, headers: { ...answer.headers, link: link.replaceAll(upstream, url) } };
}
