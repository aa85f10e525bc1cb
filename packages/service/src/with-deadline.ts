import { sleep } from './sleep.ts';

/**
 * What `work` comes to. It is not ended by the deadline, only not waited for any longer.
 * @throws what it throws; an error after `ms` milliseconds
 */
export async function withDeadline<T>(ms: number, work: () => T | Promise<T>): Promise<T> {
  const answered = new AbortController();
  const late = async (): Promise<never> => {
    await sleep(ms, answered.signal);
    throw new Error(`No answer within ${ms} ms.`);
  };
  try {
    return await Promise.race([(async () => work())(), late()]);
  } finally {
    answered.abort();
  }
}
