import type { Measure } from './measure.ts';

/** A table in Markdown, and what is said under it. */
export function tableOf({ provider, types, refused, overQuota, seconds }: Measure): string {
  const number = (value: number) => value.toLocaleString('en');
  const sum = (of: 'stored' | 'expected' | 'calls' | 'least' | 'proof') =>
    types.reduce((total, one) => total + one[of], 0);
  const line = (name: string, numbers: readonly number[], calls: number, least: number) =>
    `| ${[name, ...numbers.map(number), (calls / least).toFixed(2)].join(' | ')} |`;
  const rows = types.map(({ type, stored, expected, calls, least, proof }) =>
    line(`\`${type}\``, [stored, expected, calls, least, proof], calls, least),
  );
  const total = [sum('stored'), sum('expected'), sum('calls'), sum('least'), sum('proof')];
  const quotas =
    provider.quotaFactor === 1
      ? 'The quotas are the documented ones'
      : `Every quota is ${provider.quotaFactor} times the documented one`;
  return [
    `**${provider.connector}**: ${provider.size}`,
    '',
    '| type | stored | expected | calls | least | of these for proof | ratio |',
    '|---|--:|--:|--:|--:|--:|--:|',
    ...rows,
    line('**all**', total, sum('calls'), sum('least')),
    '',
    `${quotas}; ${refused} calls refused, ${overQuota} over a quota, by the provider's own log. ${Math.round(seconds)} s.`,
  ].join('\n');
}

/** Every promise that was not kept, one line each. */
export function missesOf({ provider, types, refused, overQuota }: Measure): string[] {
  return [
    ...types.flatMap(({ type, misses }) => misses.map((miss) => `${type}: ${miss}`)),
    ...(refused === 0 ? [] : [`${provider.connector}: ${refused} calls were refused`]),
    ...(overQuota === 0 ? [] : [`${provider.connector}: ${overQuota} calls were one too many for a quota`]),
  ];
}
