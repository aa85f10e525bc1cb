import { type Connector, formulaOf, type LeastCalls } from '@evidence-fleet/connector-sdk';
import { table } from './markdown.ts';

/** How a page counts calls: with how many a run begins, and what the names in the formulas mean. */
export function sectionOfCalls({ calls: { begins, counts } }: Connector): string {
  return [
    '## How many calls',
    `A run begins with ${formulaOf(begins)} calls, and each type adds the least by which it can be read. \`⌈users / 100⌉\` is a page for every 100 users, and one where there are none; Σ adds up over all lists of the kind. Some calls are there only to have it confirmed that an answer left nothing out. \`npm run prove:calls\` holds what is really called against these formulas: a fifth more at the most.`,
    table(['Name in a formula', 'What is counted'], Object.entries(counts)),
  ].join('\n\n');
}

/** One line: what reading takes, and what proof takes beside it. */
export function describeCalls({ reads, proves = [] }: LeastCalls): string {
  if (reads.length === 0) return 'none beside those with which a run begins';
  return proves.length === 0
    ? formulaOf(reads)
    : `${formulaOf(reads)}; to have it confirmed that this is all, ${formulaOf(proves)} more`;
}
