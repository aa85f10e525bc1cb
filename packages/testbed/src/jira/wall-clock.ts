/** What a clock in the time zone shows, e.g. `2026-11-28 07:35`. */
function show(timeMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(timeMs);
}

const dayMs = 86_400_000;

/** When a clock in the time zone shows this; the later of two times where clocks were set back; null: never, or no such text. */
export function wallClockTime(text: string, timeZone: string): number | null {
  const asUtc = Date.parse(`${text.replace(' ', 'T')}Z`);
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d$/.test(text) || Number.isNaN(asUtc)) return null;
  const times = [asUtc - dayMs, asUtc + dayMs]
    .map((near) => asUtc - (Date.parse(`${show(near, timeZone).replace(' ', 'T')}Z`) - near))
    .filter((time) => show(time, timeZone) === text);
  return times.length === 0 ? null : Math.max(...times);
}
