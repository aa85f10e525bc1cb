/** What happens in a simulated day; times in seconds from its begin. */
export interface Day {
  readonly seconds: number;
  /** Integrations of each tenant; the last one joins in the course of the day. */
  readonly tenants: readonly number[];
  /** When which integration is due, in order of time; integrations are numbered through all tenants. */
  readonly dues: readonly Due[];
  /** The second provider answers nothing but 503 meanwhile. */
  readonly outage: { readonly from: number; readonly to: number };
}

export interface Due {
  readonly at: number;
  readonly integration: number;
  /** What it is part of, for the table. */
  readonly of: 'peak' | 'day' | 'joining';
}

export interface DayOptions {
  readonly hours: number;
  /** Of all tenants that are there from the begin. */
  readonly integrations: number;
  /** Of the one that joins. */
  readonly joining: number;
  readonly random: () => number;
}

const hour = 3_600;
const tenants = 40;
/** Between two syncs of an integration: the longest that connectors allow, so that two cores carry the whole day. */
const interval = 24 * hour;
/** Schedules like "every hour": they come at once, and clocks and ticks spread them by some minutes. */
const onTheHour = 0.4;
const peakSeconds = 600;
/** Whoever adds a large account adds its integrations one after the other, and begins slowly; shares of the day, and of that span. */
const joins = { from: 0.05, to: 0.95, slowly: 0.05 };
const outage = { from: 0.7, to: 0.74 };
/** Every so many integrations are of the second provider. */
const second = 5;

export function isOfSecondProvider(integration: number): boolean {
  return integration % second === second - 1;
}

/** Smooth schedules with a peak every hour, a large tenant that joins, and an outage of one of two providers. */
export function generateDay({ hours, integrations, joining, random }: DayOptions): Day {
  const seconds = hours * hour;
  const each = Math.ceil(integrations / tenants);
  const dues: Due[] = [];
  for (let integration = 0; integration < each * tenants; integration += 1) {
    const isPeak = random() < onTheHour;
    const offset = random() * interval;
    for (let at = offset; at < seconds; at += interval) {
      const due = isPeak ? Math.floor(at / hour) * hour + random() * peakSeconds : at;
      dues.push({ at: due, integration, of: isPeak ? 'peak' : 'day' });
    }
  }
  const [from, to] = [joins.from * seconds, joins.to * seconds];
  for (let nth = 0; nth < joining; nth += 1) {
    const integration = each * tenants + nth;
    for (let at = from + (to - from) * joinedAt(nth / joining); at < seconds; at += interval)
      dues.push({ at, integration, of: 'joining' });
  }
  return {
    seconds,
    tenants: [...Array.from({ length: tenants }, () => each), joining],
    dues: dues.sort((one, other) => one.at - other.at),
    outage: { from: outage.from * seconds, to: outage.to * seconds },
  };
}

/** When a share of a tenant has joined, as a share of the time it takes: at a rate that rises steadily while they go slowly, and then stays. */
function joinedAt(share: number): number {
  const { slowly } = joins;
  const done = share * (1 - slowly / 2);
  return done < slowly / 2 ? Math.sqrt(2 * done * slowly) : done + slowly / 2;
}

/** Numbers from 0 to 1, the same for the same seed: https://en.wikipedia.org/wiki/Linear_congruential_generator */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
