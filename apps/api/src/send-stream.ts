import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Call, Endpoint } from './endpoint.ts';
import { retryLater } from './problem.ts';
import type { ApiTools } from './tools.ts';

/** Streams at once in one process: each holds a socket, and asks the database again and again. */
const mostStreams = 500;

const openStreams = new WeakMap<ApiTools['measure'], number>();

/** Begins the answer of a stream. @returns its body, which the framework sends piece by piece, as fast as the caller reads */
export async function sendStream(
  endpoint: Extract<Endpoint, { kind: 'stream' }>,
  call: Call<Record<string, unknown>, Record<string, unknown>, unknown>,
  reply: FastifyReply,
  tools: ApiTools,
): Promise<string | Readable> {
  const { measure, stopping } = tools;
  const count = (by: number) => {
    openStreams.set(measure, (openStreams.get(measure) ?? 0) + by);
    measure.streams.set(openStreams.get(measure) ?? 0);
  };
  if ((openStreams.get(measure) ?? 0) >= mostStreams)
    throw retryLater('unavailable', 'Too many streams are open here. Try again in a moment.', 5_000);
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort(new Error('The caller is gone.')));
  const pieces = await endpoint.stream(tools, call, AbortSignal.any([gone.signal, stopping]));
  if (pieces === null) {
    reply.code(204);
    return '';
  }
  const stream = Readable.from(pieces);
  count(1);
  stream.once('close', () => count(-1));
  // A proxy that collects what it is sent would hold events back.
  reply.code(200).headers({ 'content-type': endpoint.contentType, 'x-accel-buffering': 'no' });
  return stream;
}
