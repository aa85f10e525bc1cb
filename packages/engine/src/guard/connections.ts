import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { Agent, buildConnector } from 'undici';
import type { AddressCheck } from './addresses.ts';

/** How long a connection may take to open, TLS included. */
const connectTimeoutMs = 10_000;
/** Silence in the middle of a body. */
const idleTimeoutMs = 10_000;

/**
 * Connections of one runtime. Every address is checked three times: a literal in the URL (no lookup sees those), each answer
 * of the name service, and the address the socket is really connected to, before a byte of the request is sent.
 * Proxy variables of the environment are not read: a proxy would be a way around the check.
 */
export function createConnections(isAllowed: AddressCheck, limits: { concurrency: number; timeoutMs: number }): Agent {
  const opened = new Map<string, buildConnector.connector>();
  const connect: buildConnector.connector = (options, callback) => {
    const hostname = options.hostname.replace(/^\[|\]$/g, '');
    const port = options.port || (options.protocol === 'https:' ? '443' : '80');
    const check = (address: string) => isAllowed(address, hostname, port);
    if (isIP(hostname) !== 0 && !check(hostname)) return callback(refusal(hostname), null);
    // one connector a host: it keeps TLS sessions
    let open = opened.get(`${hostname} ${port}`);
    if (open === undefined) {
      open = buildConnector({ timeout: connectTimeoutMs, autoSelectFamily: true, lookup: checkedLookup(check) });
      opened.set(`${hostname} ${port}`, open);
    }
    open(options, (...answer) => {
      const [error, socket] = answer;
      if (error !== null || check(socket.remoteAddress ?? '')) return callback(...answer);
      discard(socket);
      callback(refusal(hostname), null);
    });
  };
  return new Agent({
    connect,
    connections: limits.concurrency,
    pipelining: 1,
    headersTimeout: limits.timeoutMs,
    bodyTimeout: Math.min(limits.timeoutMs, idleTimeoutMs),
  });
}

function checkedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return callback(error, '', 0);
      const allowed = found.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      if (first === undefined) return callback(refusal(hostname), '', 0);
      if (options.all) return callback(null, allowed);
      callback(null, first.address, first.family);
    });
  };
}

function discard(socket: Socket): void {
  socket.on('error', () => {}); // nobody waits for this socket any more
  socket.destroy();
}

function refusal(hostname: string): ConnectorError {
  return new ConnectorError(
    'configuration_error',
    `${hostname} is a private address. The fleet calls those only when its operator allows them.`,
  );
}
