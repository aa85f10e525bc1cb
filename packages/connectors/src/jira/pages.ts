import { ConnectorError } from '@evidence-fleet/connector-sdk';
import type { CloudClient } from 'jira.js/cloud';
import { z } from 'zod';
import type { Jira, Send } from './client.ts';

interface Page<Item> {
  readonly items: readonly Item[];
  /** By Jira's own count, as of this page. */
  readonly total: number;
  /** Where the next page begins; undefined: this is the last one. */
  readonly next: number | undefined;
}

/**
 * Every page of a listing by position, one in memory at a time. Each begins behind what the one before has shown, however many that were,
 * so that a page cut short skips nothing; the end is where Jira's total says, and an empty page before it is an error.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#pagination
 */
export async function* pages<S extends z.ZodType>(
  jira: Jira,
  call: (api: CloudClient, startAt: number, send: Send) => Promise<unknown>,
  item: S,
): AsyncGenerator<Page<z.output<S>>> {
  const PageOf = z.object({ total: z.int().nonnegative(), values: z.array(item) });
  let startAt: number | undefined = 0;
  while (startAt !== undefined) {
    const at: number = startAt;
    const { total, values } = await jira.ask((api, send) => call(api, at, send), PageOf);
    startAt = nextPosition(at + values.length, { from: at, total });
    yield { items: values, total, next: startAt };
  }
}

/** @throws ConnectorError `malformed` where the list ends before its total */
export function nextPosition(to: number, { from, total }: { from: number; total: number }): number | undefined {
  if (to >= total) return undefined;
  if (to > from) return to;
  throw new ConnectorError('malformed', `Jira counts ${total} and shows nothing behind ${to}: the list is incomplete.`);
}
