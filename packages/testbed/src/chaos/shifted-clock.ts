/** The environment of a process whose host's clock is so many milliseconds off. */
export function shiftedClock(shiftMs: number): Record<string, string> {
  const preload = new URL('./clock-preload.mjs', import.meta.url);
  return { NODE_OPTIONS: `--import ${preload.href}`, CLOCK_SHIFT_MS: String(shiftMs) };
}
