// Loaded with `--import` before a process of the fleet: its wall clock is CLOCK_SHIFT_MS off. Monotonic clocks and timers stay right.
const RealDate = globalThis.Date;
const shiftMs = Number(process.env.CLOCK_SHIFT_MS ?? 0);

class ShiftedDate extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + shiftMs] : args));
  }
  static now() {
    return RealDate.now() + shiftMs;
  }
}

globalThis.Date = ShiftedDate;
