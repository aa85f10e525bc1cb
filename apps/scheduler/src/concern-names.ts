/** What a scheduler cares for, by the names in its metrics and log; `backlog` when its metrics are read. */
export const concernNames = [
  'reap',
  'feed',
  'remember',
  'health',
  'retention',
  'credentials',
  'channels',
  'backlog',
] as const;

export type ConcernName = (typeof concernNames)[number];
