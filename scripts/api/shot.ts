import type { Random } from '@evidence-fleet/testbed';
import type { Side } from './stage.ts';

/** A hostile request, byte by byte. */
export interface Shot {
  readonly method: string;
  /** As the operation is looked up by it. */
  readonly path: string;
  readonly bytes: Buffer;
  /** The same request for something that exists nowhere: it has to be answered alike. */
  readonly like?: Buffer;
  /** The connection may be closed without a word. */
  readonly mayBeSilent?: boolean;
}

/** What a shot is made of. */
export interface Aim {
  readonly attacker: Side;
  readonly other: Side;
  readonly random: Random;
}

/** A kind of hostility: each call makes another one of it. */
export interface Hostility {
  readonly what: string;
  shoot(aim: Aim): Shot;
}

export interface Parts {
  readonly method?: string;
  readonly path: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Buffer;
}

/** The lists, and what may be read of one run or integration. */
export const lists = ['runs', 'integrations', 'evidence', 'evidence/export', 'findings', 'verdicts'] as const;

/** A request with the attacker's token, of whatever bytes; in paths and headers a character is a byte. */
export function bytesOf({ attacker }: Aim, { method = 'GET', path, headers = [], body }: Parts): Buffer {
  const isTold = (name: string) => headers.some(([one]) => one.toLowerCase() === name);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: close',
    ...(isTold('authorization') ? [] : [`Authorization: Bearer ${attacker.token}`]),
    ...(body === undefined || isTold('content-type') ? [] : ['Content-Type: application/json']),
    ...(body === undefined || isTold('content-length') ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body ?? '')]);
}

export function shotOf(aim: Aim, parts: Parts): Shot {
  return { method: parts.method ?? 'GET', path: parts.path, bytes: bytesOf(aim, parts) };
}

/** One of many. @throws of none */
export function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error('there is nothing to pick from');
  return value;
}

/** An id that nobody has. */
export function unknownId(random: Random): string {
  return `${random.hex(8)}-${random.hex(4)}-7${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`;
}
