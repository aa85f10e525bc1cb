import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Asking, Heard } from './load.ts';

const [askings] = (await once(process, 'message')) as [readonly Asking[]]; // as startLoad sends it
const released = once(process, 'message'); // by the next one
let beganAt = performance.now();
const answering: Promise<void>[] = [];
for (const [index, asking] of askings.entries()) {
  if (asking.isHeld) {
    const since = performance.now();
    await released;
    beganAt += performance.now() - since;
  }
  const early = beganAt + asking.atMs - performance.now();
  if (early > 0) await sleep(early);
  answering.push(ask(asking).then((heard) => void process.send?.({ index, ...heard } satisfies Heard)));
}
await Promise.all(answering);
process.disconnect();

async function ask({ api, integrationId, token, key, types }: Asking): Promise<Omit<Heard, 'index'>> {
  const [sentAt, begin] = [Date.now(), performance.now()];
  const answered = await fetch(`${api}/api/v1/integrations/${integrationId}/sync`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ types }),
  }).then(
    async (response) => ({ status: response.status, body: await response.text() }),
    () => ({ status: 0, body: '{}' }), // told by its status
  );
  const tookMs = performance.now() - begin;
  const { runId = null, how = null } = JSON.parse(answered.body);
  return { status: answered.status, runId, how, sentAt, answeredAt: Date.now() + 1, tookMs };
}
