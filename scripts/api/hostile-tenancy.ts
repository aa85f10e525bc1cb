import { encodeCursor } from '../../apps/api/src/cursor.ts';
import { type Aim, bytesOf, type Hostility, type Parts, pick, type Shot, shotOf, unknownId } from './shot.ts';

/** What may be done with one integration or run: method, path before and behind its id. */
const single = [
  ['GET', 'integrations', ''],
  ['POST', 'integrations', '/check'],
  ['POST', 'integrations', '/sync'],
  ['GET', 'runs', ''],
  ['POST', 'runs', '/cancel'],
  ['GET', 'runs', '/events'],
] as const;

/** Attempts to reach what belongs to the other organization, by ids that it really has. */
export const tenancy: readonly Hostility[] = [
  {
    what: "another organization's id in a path",
    shoot(aim) {
      const { random, other } = aim;
      const [method, kind, rest] = pick(random, single);
      const theirs = pick(random, kind === 'runs' ? other.runIds : other.integrationIds);
      const id = random.chance(0.2) ? theirs.toUpperCase() : theirs;
      const body = rest === '/sync' && random.chance(0.5) ? '{"types":["repository"]}' : undefined;
      const parts = (one: string): Parts => ({
        ...{ method, path: `/api/v1/${kind}/${one}${rest}` },
        ...(body === undefined ? {} : { body }),
      });
      return alike(aim, parts(id), parts(unknownId(random)));
    },
  },
  {
    what: "another organization's id in a filter",
    shoot(aim) {
      const { random, other } = aim;
      const list = pick(random, ['runs', 'evidence', 'evidence/export', 'findings']);
      const more = list === 'findings' ? pick(random, ['', '&status=pass', '&status=fail']) : '';
      const parts = (id: string): Parts => ({ path: `/api/v1/${list}?integrationId=${id}${more}` });
      return alike(aim, parts(pick(random, other.integrationIds)), parts(unknownId(random)));
    },
  },
  {
    what: 'a cursor at a place of another organization',
    shoot(aim) {
      const { random, other } = aim;
      const integrationId = pick(random, other.integrationIds);
      const key = pick(random, ['0'.repeat(64), 'f'.repeat(64), random.hex(64)]);
      const [list, at] = pick(random, [
        ['runs', { id: pick(random, other.runIds) }],
        ['integrations', { id: integrationId }],
        ['evidence', { type: 'github.repository', key, integrationId }],
        ['findings', { controlId: 'mfa-for-people', integrationId, type: 'github.org_member', resource: key }],
      ] as const);
      const filters = list === 'runs' && random.chance(0.3) ? { integrationId } : {};
      const query = new URLSearchParams({ ...filters, cursor: encodeCursor(filters, at), limit: '5' });
      return shotOf(aim, { path: `/api/v1/${list}?${query}` });
    },
  },
  {
    what: 'a token that is almost one',
    shoot(aim) {
      const { random, attacker, other } = aim;
      const value = pick(random, [
        `Bearer ${other.token.slice(0, -2)}`,
        `Bearer ${other.token.slice(0, -1)}!`,
        `Bearer ${other.token.toUpperCase()}`,
        `Bearer ${attacker.token}, Bearer ${other.token}x`,
        `Bearer ${attacker.token.slice(0, 20)}${other.token.slice(20)}`,
        `Bearer evf_${'A'.repeat(12_000)}`,
        `Bearer evf_' OR 1=1 --`,
        'Bearer \xff\xfe\xc3\x28',
        'Bearer',
        'Basic Og==',
        '',
      ]);
      return shotOf(aim, { path: '/api/v1/runs', headers: [['Authorization', value]] });
    },
  },
];

function alike(aim: Aim, theirs: Parts, nobodys: Parts): Shot {
  return { ...shotOf(aim, theirs), like: bytesOf(aim, nobodys) };
}
