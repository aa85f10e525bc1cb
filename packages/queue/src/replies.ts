import type { ChainableCommander } from 'ioredis';

/** Sends the commands of a pipeline in one trip; the first failure of one of them is thrown. */
export async function repliesOf(pipeline: ChainableCommander): Promise<unknown[]> {
  return ((await pipeline.exec()) ?? []).map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}
