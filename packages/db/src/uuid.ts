import { randomBytes } from 'node:crypto';
import { Prisma } from './generated/client.ts';

/** A UUID version 7 (RFC 9562): ordered by time, so that new rows land at the end of their index. */
export function uuid(now = Date.now()): string {
  return read(randomBytes(16), 0, now);
}

/** So many at once. */
export function uuids(count: number, now = Date.now()): string[] {
  const random = randomBytes(16 * count);
  return Array.from({ length: count }, (_, index) => read(random, 16 * index, now));
}

function read(bytes: Buffer, at: number, now: number): string {
  bytes.writeUIntBE(now, at, 6);
  bytes.writeUInt8((bytes.readUInt8(at + 6) & 0x0f) | 0x70, at + 6);
  bytes.writeUInt8((bytes.readUInt8(at + 8) & 0x3f) | 0x80, at + 8);
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The least UUID version 7 of a moment, in milliseconds. */
export function firstUuidOf(time: number): string {
  const hex = Math.max(0, time).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}

/**
 * UUIDs version 7 that the server makes of one and a number, from 1: a counter in place of its last 62 random bits (RFC 9562, 6.2), at a tenth
 * of the price of new random bits for each.
 */
export function numberedUuid(number: Prisma.Sql): Prisma.Sql {
  const hex = uuid().replaceAll('-', '');
  const first = BigInt.asIntN(64, BigInt(`0x${hex.slice(16)}`));
  return Prisma.sql`(${hex.slice(0, 16)}::text || encode(int8send(${first}::bigint + ${number}), 'hex'))::uuid`;
}
