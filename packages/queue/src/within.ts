/**
 * The work's result, or an error once `ms` milliseconds have passed; the work itself goes on unheard.
 * @param what names the work in the error
 */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms.`)), ms);
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
