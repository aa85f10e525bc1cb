import { Socket } from 'node:net';

/**
 * The database cannot be used at present: stopped, starting, unreachable, silent, full, or without a free connection. It says nothing about
 * the work that met it, which is to be done again later; whether a commit that was under way took place is not known.
 */
export class DatabaseAwayError extends Error {
  override readonly name = 'DatabaseAwayError';

  constructor(cause: unknown) {
    super('The database is away.', { cause });
  }
}

/** Prisma's words for it, https://www.prisma.io/docs/orm/reference/error-reference */
const prismaCodes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);
const systemCodes = /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
/**
 * Connection lost, no resources (disk full, too many connections), shutting down or starting, no disk, a replica after a failover, a lock
 * that its holder does not let go of, one of two that wait for each other.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const sqlStates = /^(08\w{3}|53\w{3}|57P0[1-5]|58030|25006|55P03|40P01)$/;
const driverKinds = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']);
/** What pg and Prisma say without a code. */
const sentences =
  /Connection terminated|Connection ended|not queryable|timeout exceeded when trying to connect|Unable to start a transaction/;

/** Looks through Prisma, its adapter and the driver for what happened to the connection. */
export function isOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  const seen = error as {
    code?: unknown;
    originalCode?: unknown;
    kind?: unknown;
    message?: unknown;
    cause?: unknown;
    meta?: unknown;
  }; // every field is checked below
  const codes = [seen.code, seen.originalCode].filter((code) => typeof code === 'string');
  if (codes.some((code) => prismaCodes.has(code) || systemCodes.test(code) || sqlStates.test(code))) return true;
  if (typeof seen.kind === 'string' && driverKinds.has(seen.kind)) return true;
  if (typeof seen.message === 'string' && sentences.test(seen.message)) return true;
  const inner = typeof seen.meta === 'object' && seen.meta !== null ? Object.values(seen.meta) : [];
  return [seen.cause, ...inner].some((one) => isOutage(one, depth + 1));
}

/**
 * A socket that ends itself once nothing was heard for so long: a peer that vanished without a word (a cut cable, a failed-over address)
 * would otherwise be waited for until the kernel gives up, a quarter of an hour later.
 */
export function createMortalSocket(silenceMs: number): Socket {
  const socket = new Socket();
  const silent = () => Object.assign(new Error(`silent for ${silenceMs} ms`), { code: 'ETIMEDOUT' });
  return socket.setTimeout(silenceMs, () => socket.destroy(silent()));
}
