import type { Random } from '@evidence-fleet/testbed';
import { pick } from './shot.ts';
import type { Side } from './stage.ts';

/** Turns a generated request to what exists. */
export interface Aimer {
  /** @param url path and query */
  url(url: string): string;
  body(body: Buffer): Buffer;
  /** Learns ids and cursors of an answer: a request that names one of them is left as it is. */
  learn(body: string): void;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const name = /^[\w.:-]{1,100}$/;
const moment = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const types = [
  'repository',
  'github.org_member',
  'github.branch_protection',
  'github.dependabot_alert',
  'repo_settings',
];

/**
 * A description says how an id, a cursor, a time or a type is written, and not which of them there are: a request made by it alone is nearly
 * always about nothing. So what is written well is exchanged for what exists; what is not written well stays, and so do some unknown ids.
 */
export function createAimer(attacker: Side, random: Random): Aimer {
  const runs = [...attacker.runIds];
  const seen = new Set<string>([...runs, ...attacker.integrationIds]);
  const id = (kind: string, text: string): string =>
    !guid.test(text) || seen.has(text) || random.chance(0.3)
      ? text
      : pick(random, kind === 'runs' ? runs : attacker.integrationIds);

  function pair(key: string, text: string): string | undefined {
    const value = decoded(text);
    if (key === 'cursor') return /^[\w-]{1,1000}$/.test(value) && !seen.has(value) ? undefined : text;
    if (key === 'integrationId') return id('integrations', text);
    if (key === 'asOf' && moment.test(value)) return new Date(Date.now() - random.below(60_000)).toISOString();
    if (key === 'type' && name.test(value) && random.chance(0.7)) return pick(random, types);
    return text;
  }

  return {
    url(url) {
      const [path = '', ...rest] = url.split('?');
      const aimed = path.replace(
        /^(\/api\/v1\/(integrations|runs)\/)([^/]+)/,
        (_, before, kind, text) => before + id(kind, text),
      );
      const pairs = rest
        .join('?')
        .split('&')
        .map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1), one] as const);
      const isOnce = (key: string) => pairs.filter(([other]) => other === key).length === 1;
      const query = pairs.flatMap(([key, text, whole]) => {
        if (!whole.includes('=') || !isOnce(key)) return [whole];
        const value = pair(key, text);
        return value === undefined ? [] : [`${key}=${value}`];
      });
      return rest.length === 0 ? aimed : `${aimed}?${query.join('&')}`;
    },
    body(body) {
      const wanted = parse(body);
      if (
        !Array.isArray(wanted) ||
        wanted.length > 200 ||
        !wanted.every((one) => typeof one === 'string' && name.test(one))
      )
        return body;
      return Buffer.from(JSON.stringify({ types: wanted.map(() => pick(random, types)) }));
    },
    learn(body) {
      for (const [, found = ''] of body.matchAll(/"runId":"([^"]+)"/g)) {
        if (!seen.has(found)) runs.push(found);
        seen.add(found);
      }
      for (const [, cursor = ''] of body.matchAll(/"nextCursor":"([^"]+)"/g)) seen.add(cursor);
    },
  };
}

/** The types that a body asks for, where that is all it says. */
function parse(body: Buffer): unknown {
  try {
    const { types: wanted, ...more } = JSON.parse(body.toString());
    return Object.keys(more).length === 0 ? wanted : undefined;
  } catch {
    return undefined; // no JSON, or nothing that has fields
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a broken escape, which fits nothing
  }
}
