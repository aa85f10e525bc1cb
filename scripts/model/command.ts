import fc from 'fast-check';

/** The fleet of one history: two integrations of one organization and one of another, three workers, two schedulers. */
const integrationCount = 3;
export const workerCount = 3;

/** What is done to the fleet. Integrations, workers and schedulers are told by their number. */
export type Command =
  | { readonly do: 'request'; readonly integration: number; readonly types: readonly string[] }
  | { readonly do: 'due' | 'expire' | 'cancel' | 'pause' | 'resume' | 'remove'; readonly integration: number }
  /** By one scheduler or by both at once; without `rings` they die between the commit and the ring. */
  | { readonly do: 'feed'; readonly schedulers: readonly number[]; readonly rings: boolean }
  | { readonly do: 'reap' | 'remember'; readonly scheduler: number }
  /** By the nth job that stands, or by a doorbell that rings for nothing it knows of. */
  | { readonly do: 'claim'; readonly worker: number; readonly by: 'job' | 'stray'; readonly nth: number }
  | { readonly do: 'commit'; readonly worker: number; readonly unconfirmed: boolean }
  | { readonly do: 'heartbeat' | 'close'; readonly worker: number }
  /** The worker forgets what it held. */
  | { readonly do: 'crash'; readonly worker: number }
  | { readonly do: 'release'; readonly worker: number; readonly as: ReleaseKind }
  /** A worker takes the nth job and dies before it claims. */
  | { readonly do: 'drop'; readonly nth: number }
  | { readonly do: 'flush' }
  /** A claim that its worker gave up for dead goes on writing. */
  | { readonly do: 'ghost'; readonly nth: number; readonly what: 'heartbeat' | 'commit' | 'close' | 'release' };

export type ReleaseKind = 'done' | 'failed' | 'snooze' | 'retry' | 'shutdown';

/** Rounds follow each other; the commands of one round run at once. */
export interface History {
  readonly window: number;
  readonly rounds: readonly (readonly Command[])[];
}

/** Mostly the same one, so that commands meet. */
const integration = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat({ max: integrationCount - 1 }));
const worker = fc.nat({ max: workerCount - 1 });
const scheduler = fc.nat({ max: 1 });
const schedulers = fc.constantFrom<number[]>([0], [1], [0, 1]);
const nth = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat({ max: 2 }));
const rings = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false));
const types = fc.constantFrom<string[]>([], ['model.thing'], ['model.other'], ['model.other', 'model.thing']);

function command(weight: number, arbitrary: fc.Arbitrary<Command>) {
  return { weight, arbitrary };
}

/** Weighted so that runs begin, meet and break off; what ends everything (flush, remove) is rare. */
const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  command(10, fc.record({ do: fc.constant('request'), integration, types })),
  command(8, fc.record({ do: fc.constant('due'), integration })),
  command(10, fc.record({ do: fc.constant('feed'), schedulers, rings })),
  command(18, fc.record({ do: fc.constant('claim'), worker, by: fc.constantFrom('job', 'stray', 'stray'), nth })),
  command(3, fc.record({ do: fc.constant('heartbeat'), worker })),
  command(10, fc.record({ do: fc.constant('commit'), worker, unconfirmed: fc.boolean() })),
  command(7, fc.record({ do: fc.constant('close'), worker })),
  command(
    12,
    fc.record({
      do: fc.constant('release'),
      worker,
      as: fc.constantFrom('done', 'failed', 'snooze', 'retry', 'shutdown'),
    }),
  ),
  command(4, fc.record({ do: fc.constant('crash'), worker })),
  command(14, fc.record({ do: fc.constant('expire'), integration })),
  command(8, fc.record({ do: fc.constantFrom('reap', 'reap', 'remember'), scheduler })),
  command(5, fc.record({ do: fc.constant('cancel'), integration })),
  command(3, fc.record({ do: fc.constantFrom('pause', 'resume'), integration })),
  command(1, fc.record({ do: fc.constant('remove'), integration })),
  command(2, fc.oneof(fc.record({ do: fc.constant('drop'), nth }), fc.constant<Command>({ do: 'flush' }))),
  command(
    10,
    fc.record({
      do: fc.constant('ghost'),
      nth,
      what: fc.constantFrom('heartbeat', 'commit', 'commit', 'close', 'release'),
    }),
  ),
);

/** Where a history begins: with nothing; with two runs in workers' hands and one that waits; with everything due and two schedulers. */
const beginnings: readonly (readonly (readonly Command[])[])[] = [
  [],
  [
    Array.from({ length: integrationCount }, (_, integration) => ({ do: 'request', integration, types: [] })),
    [0, 1].map((worker) => ({ do: 'claim', worker, by: 'stray', nth: worker })),
  ],
  [
    Array.from({ length: integrationCount }, (_, integration) => ({ do: 'due', integration })),
    [{ do: 'feed', schedulers: [0, 1], rings: true }],
  ],
];

export const anyHistory: fc.Arbitrary<History> = fc
  .record({
    window: fc.integer({ min: 1, max: 2 }),
    beginning: fc.constantFrom(...beginnings),
    rounds: fc.array(fc.array(anyCommand, { minLength: 1, maxLength: 5, size: 'max' }), {
      minLength: 3,
      maxLength: 9,
      size: 'max',
    }),
  })
  .map(({ window, beginning, rounds }) => ({ window, rounds: [...beginning, ...rounds] }));

/** A history in words, a round a line. */
export function tell({ window, rounds }: History): string {
  const lines = rounds.map((round, index) => `  ${index + 1}. ${round.map(inWords).join(' | ')}`);
  return [`a window of ${window}`, ...lines].join('\n');
}

function inWords(one: Command): string {
  switch (one.do) {
    case 'request':
      return `somebody asks for integration ${one.integration} (${one.types.join(', ') || 'all types'})`;
    case 'due':
      return `integration ${one.integration} becomes due`;
    case 'expire':
      return `time passes for integration ${one.integration}: its lease and its wait are over`;
    case 'cancel':
      return `somebody cancels the run of integration ${one.integration}`;
    case 'pause':
    case 'resume':
    case 'remove':
      return `somebody ${one.do}s integration ${one.integration}`;
    case 'feed':
      return `scheduler ${one.schedulers.join(' and ')} feeds${one.rings ? '' : ' and dies before the ring'}`;
    case 'reap':
    case 'remember':
      return `scheduler ${one.scheduler} ${one.do}s`;
    case 'claim':
      return `worker ${one.worker} claims by ${one.by} ${one.nth}`;
    case 'commit':
      return `worker ${one.worker} commits a batch${one.unconfirmed ? ' with an unconfirmed gap' : ''}`;
    case 'heartbeat':
    case 'close':
    case 'crash':
      return `worker ${one.worker}: ${one.do}`;
    case 'release':
      return `worker ${one.worker} lets go: ${one.as}`;
    case 'drop':
      return `a worker takes job ${one.nth} and dies before it claims`;
    case 'flush':
      return 'Redis forgets everything';
    case 'ghost':
      return `a worker given up for dead (${one.nth}): ${one.what}`;
  }
  return one satisfies never;
}
