import { createHash, timingSafeEqual } from 'node:crypto';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { fastify } from 'fastify';
import { queueNames } from './catalogue.ts';
import { connectFailingFast, type QueueLog } from './connection.ts';
import { openQueues } from './open-queues.ts';

export interface BoardOptions {
  /** Address of Redis: redis:// or rediss://. */
  readonly redis: string;
  readonly prefix?: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Whoever has it sees the jobs of every organization: their ids, and nothing that is secret. */
  readonly token: string;
  readonly log: QueueLog;
}

export interface Board {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * bull-board for operators. It reads only: a job is a doorbell, and one that was removed or tried again by hand would be rung again, or ring for
 * nothing. Browsers ask for a password, which is the token; programs send it as a bearer.
 */
export async function startBoard({ redis: url, prefix, host, port, token, log }: BoardOptions): Promise<Board> {
  const redis = connectFailingFast({ url, name: 'board', log });
  const queues = openQueues(redis, prefix, log);
  const board = new FastifyAdapter();
  board.setBasePath('/');
  createBullBoard({
    queues: queueNames.map((name) => new BullMQAdapter(queues[name], { readOnlyMode: true })),
    serverAdapter: board,
  });
  const server = fastify();
  server.addHook('onRequest', async (request, reply) => {
    if (isOurs(request.headers.authorization, token)) return undefined;
    return reply
      .code(401)
      .header('www-authenticate', 'Basic realm="Evidence Fleet"')
      .send('The token is missing or wrong.');
  });
  await server.register(board.registerPlugin(), { prefix: '/' });
  return {
    url: await server.listen({ host, port }),
    async close() {
      await server.close();
      await Promise.all(queueNames.map((name) => queues[name].close()));
      redis.disconnect();
    },
  };
}

/** @param header `Bearer <token>`, or `Basic` with any user and the token as password */
function isOurs(header: string | undefined, token: string): boolean {
  const [scheme = '', given = ''] = header?.split(' ') ?? [];
  if (/^bearer$/i.test(scheme)) return isEqual(given, token);
  if (!/^basic$/i.test(scheme)) return false;
  return isEqual(
    Buffer.from(given, 'base64')
      .toString()
      .replace(/^[^:]*:/, ''),
    token,
  );
}

/** In a time that says nothing about the token, its length included. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
