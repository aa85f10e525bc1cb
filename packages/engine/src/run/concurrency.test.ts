import { expect, it } from '@jest/globals';
import { createGate, settleAll } from './concurrency.ts';

it('runs no more tasks at once than it has places, and all of them in their order', async () => {
  const gate = createGate(2);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const task = (index: number) => async () => {
    order.push(index);
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return index;
  };
  const results = await Promise.all([0, 1, 2, 3, 4].map((index) => gate(task(index))));
  expect(results).toEqual([0, 1, 2, 3, 4]);
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
});

it('gives a place back when a task fails', async () => {
  const gate = createGate(1);
  await expect(gate(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(gate(async () => 'next')).resolves.toBe('next');
});

it('reports a failure only after every other task has come to its end', async () => {
  const slow = Promise.withResolvers<void>();
  let ended = false;
  const tasks = [Promise.reject(new Error('broken')), slow.promise.then(() => (ended = true))];
  const settled = settleAll<unknown>(tasks).catch((error: unknown) => ({ error, ended }));
  slow.resolve();
  expect(await settled).toEqual({ error: new Error('broken'), ended: true });
});
