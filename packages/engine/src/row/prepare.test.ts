import { defineEvidence, type EvidenceType, Gap } from '@evidence-fleet/connector-sdk';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { canonicalJson, sha256, storableJson } from './canonical.ts';
import { escapeText, unescapeJson, unescapeText } from './escape.ts';
import { createPreparer } from './prepare.ts';

const hmacKey = new Uint8Array(32).fill(1);
const person = defineEvidence({
  name: 'fake.person',
  title: 'People',
  version: 1,
  mode: 'snapshot',
  key: ['org', 'email'],
  schema: z.object({
    org: z.int(),
    email: z.string(),
    groups: z.array(z.string()).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    anything: z.unknown().optional(),
    nested: z.object({ inner: z.boolean() }).optional(),
    phone: z.string().optional(),
    lastSeen: z.string().optional(),
  }),
  observed: ['lastSeen'],
  unordered: ['groups'],
  redact: { email: 'hmac', phone: 'drop' },
});
const ada = { org: 1, email: 'ada@example.com' };

function prepare(input: unknown, type: EvidenceType = person) {
  return createPreparer(type, { hmacKey }).prepare(input);
}
function row(input: unknown) {
  const prepared = prepare(input);
  if (prepared.kind !== 'row') throw new Error(prepared.gap.detail);
  return prepared.row;
}
function gap(input: unknown) {
  const prepared = prepare(input);
  if (prepared.kind !== 'gap') throw new Error('expected a gap');
  return prepared.gap;
}

describe('escaping', () => {
  it('gives back every string, and leaves nothing that Postgres refuses', () => {
    const nasty = fc.string({ unit: fc.constantFrom('\0', '␛', '\uD83D', '\uDE00', '0', 'A', 'é', '😀') });
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (text) => {
        const escaped = escapeText(text);
        expect(escaped.isWellFormed() && !escaped.includes('\0')).toBe(true);
        expect(unescapeText(escaped)).toBe(text);
      }),
    );
  });

  it('leaves ordinary text alone, emoji included', () => {
    expect(escapeText('straße 😀')).toBe('straße 😀');
  });

  it('covers object keys and deep values', () => {
    const value = { 'a\0': ['\uD83D', { '␛': '␛' }] };
    const stored = storableJson(value);
    expect(stored).not.toContain('\\u0000');
    expect(unescapeJson(JSON.parse(stored))).toEqual(value);
  });
});

describe('canonical JSON', () => {
  it('is one text for one value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = storableJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text); // as the library writes it
        expect(unescapeJson(JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('sorts keys by UTF-16 unit and writes numbers as RFC 8785 does', () => {
    const value = { '10': 1e21, '9': -0, '\u20ac': 0.1, '\r': 1, '😀': 1e-7, '\ufb33': 333333333.3333333 };
    const expected = '{"\\r":1,"10":1e+21,"9":0,"€":0.1,"😀":1e-7,"\ufb33":333333333.3333333}';
    expect(storableJson(value)).toBe(expected);
  });

  it('keeps a key named __proto__', () => {
    expect(storableJson(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });
});

describe('a prepared row', () => {
  it('hashes material fields only, whatever the order of keys and of unordered lists', () => {
    const one = row({ ...ada, groups: ['b', 'a'], anything: { x: 1, y: 2 }, lastSeen: 'monday' });
    const other = row({ lastSeen: 'tuesday', anything: { y: 2, x: 1 }, groups: ['a', 'b'], ...ada, unknown: 1 });
    expect(other.hash).toEqual(one.hash);
    expect(other.material).toEqual(one.material);
    expect(one.observed).toBe('{"lastSeen":"monday"}');
    expect(row({ ...ada, groups: ['a'] }).hash).not.toEqual(one.hash);
  });

  it('can be hashed again from what is stored', () => {
    const { material, hash, key, keySha } = row({ ...ada, anything: ['\0', 1e300, -0] });
    expect(sha256(canonicalJson(JSON.parse(material)))).toEqual(hash);
    expect(sha256(canonicalJson(key))).toEqual(keySha);
  });

  it('states every field, null where the provider said nothing, so that a field added later is known to be new', () => {
    expect(JSON.parse(row(ada).material)).toHaveProperty('nested', null);
  });

  it('keeps a keyed digest of a redacted field, also in the key, and nothing of a dropped one', () => {
    const { key, material: text } = row({ ...ada, phone: '+49 1234' });
    const material = JSON.parse(text);
    expect(material).toMatchObject({ org: 1, email: expect.stringMatching(/^hmac:[0-9a-f]{64}$/) });
    expect(material).not.toHaveProperty('phone');
    expect(key).toEqual([1, material.email]);
    const elsewhere = createPreparer(person, { hmacKey: new Uint8Array(32).fill(2) }).prepare(ada);
    expect(elsewhere).not.toMatchObject({ row: { key } });
  });

  it('has the key that a gap of the same resource has', () => {
    const site = new Gap('person:ada', 'permission_denied', 'Grant read.', [1, 'ada@example.com']);
    expect(createPreparer(person, { hmacKey }).prepareGap(site).keySha).toEqual(row(ada).keySha);
  });
});

describe('a row that cannot be kept', () => {
  it('is a gap of that resource when its key can be read', () => {
    const malformed = gap({ ...ada, nested: { inner: 'yes' } });
    expect(malformed).toMatchObject({ reason: 'malformed', keySha: row(ada).keySha });
    expect(malformed.detail).toBe("The provider's answer does not fit fake.person: nested.inner (expected boolean).");
  });

  it('shows no value and no key of the provider in its detail', () => {
    const detail = JSON.stringify(gap({ ...ada, labels: { s3cret: 4711 }, groups: [{ hidden: 1 }] }));
    expect(detail).toContain('labels.*');
    expect(detail).not.toMatch(/s3cret|4711|hidden|ada@example/);
  });

  it.each([
    ['a missing key', { org: 1 }],
    ['an empty key', { org: 1, email: '' }],
    ['no object at all', null],
  ])('is a gap of the whole slice with %s', (_, input) => {
    expect(gap(input)).toMatchObject({ scope: '*', reason: 'malformed', keySha: null });
  });

  it.each([
    ['a date', new Date(0)],
    ['a number that is not finite', Number.POSITIVE_INFINITY],
    ['a bigint', 1n],
    ['JSON 10,000 levels deep', JSON.parse('['.repeat(10_000) + ']'.repeat(10_000))],
  ])('is malformed when it holds %s', (_, anything) => {
    expect(gap({ ...ada, anything })).toMatchObject({ reason: 'malformed', keySha: row(ada).keySha });
  });

  it('is malformed when its own schema runs out of stack', () => {
    const recursive = defineEvidence({ ...person, schema: person.schema.extend({ anything: z.json() }) });
    const anything = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
    expect(prepare({ ...ada, anything }, recursive)).toMatchObject({ gap: { reason: 'malformed' } });
  });

  it('is too large past 256 KB, observed values included', () => {
    expect(gap({ ...ada, lastSeen: 'é'.repeat(140_000) })).toMatchObject({
      reason: 'too_large',
      keySha: row(ada).keySha,
    });
    expect(row({ ...ada, lastSeen: 'e'.repeat(140_000) }).bytes).toBeGreaterThan(140_000);
  });

  it('has a scope and a detail of bounded length', () => {
    const long = createPreparer(person, { hmacKey }).prepareGap(
      new Gap('x\0'.repeat(5_000), 'malformed', 'y'.repeat(9_000)),
    );
    expect(long.scope.length).toBeLessThan(2_000);
    expect(long.detail.length).toBeLessThanOrEqual(1_000);
  });
});
