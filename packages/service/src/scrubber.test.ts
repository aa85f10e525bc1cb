import { describe, expect, it } from '@jest/globals';
import { collectSecrets } from './collect-secrets.ts';
import { createScrubber } from './scrubber.ts';

const secret = `pl/anted+"s3cret"\\ wörd?&=%'(x)!`;
const pem = `-----BEGIN RSA KEY-----\n${'QUJD'.repeat(12)}\n${'REVG'.repeat(12)}\n-----END RSA KEY-----\n`;

const spellings: [string, (text: string) => string][] = [
  ['plain', (text) => text],
  ['JSON', (text) => JSON.stringify(text)],
  ['JSON in JSON', (text) => JSON.stringify(JSON.stringify({ text }))],
  ['JSON in JSON in JSON', (text) => JSON.stringify(JSON.stringify(JSON.stringify({ text })))],
  ['escaped slashes', (text) => text.replaceAll('/', '\\/')],
  ['URL component', (text) => encodeURIComponent(text)],
  ['URL component, lower case', (text) => encodeURIComponent(text).replace(/%../g, (percent) => percent.toLowerCase())],
  ['URL component, twice', (text) => encodeURIComponent(encodeURIComponent(text))],
  ['form', (text) => new URLSearchParams({ text }).toString()],
  ['URL', (text) => encodeURI(text)],
  ['hex', (text) => Buffer.from(text).toString('hex')],
  ['HEX', (text) => Buffer.from(text).toString('hex').toUpperCase()],
  ['base64', (text) => Buffer.from(text).toString('base64')],
  ['base64url', (text) => Buffer.from(text).toString('base64url')],
  ['Basic, offset 1', (text) => Buffer.from(`abc:${text}`).toString('base64')],
  ['Basic, offset 2', (text) => Buffer.from(`a@b.c:${text}:x`).toString('base64')],
  ['base64 in a URL', (text) => encodeURIComponent(Buffer.from(text).toString('base64'))],
];

describe('registered secrets', () => {
  it.each(spellings)('are hidden in the spelling %s', (_name, spell) => {
    const scrubber = createScrubber();
    scrubber.protect([secret]);
    const hidden = scrubber.scrub(`before <${spell(secret)}> after`);
    expect(hidden).toMatch(/^before <.*\[redacted\].*> after$/);
    for (const part of [
      'anted',
      's3cret',
      Buffer.from('s3cret').toString('hex'),
      Buffer.from(secret).toString('base64').slice(4, 12),
    ]) {
      expect(hidden.toLowerCase()).not.toContain(part.toLowerCase());
    }
  });

  it('are hidden until every holder has released them', () => {
    const scrubber = createScrubber();
    const first = scrubber.protect(['planted-secret']);
    const second = scrubber.protect(['planted-secret']);
    first();
    first();
    expect(scrubber.scrub('x planted-secret x')).toBe('x [redacted] x');
    second();
    expect(scrubber.scrub('x planted-secret x')).toBe('x planted-secret x');
  });

  it('leave no rest when they overlap, repeat or begin alike', () => {
    const scrubber = createScrubber();
    scrubber.protect(['abcdef', 'abcdefghi', 'defghijkl', 'zzzzzz']);
    expect(scrubber.scrub('<abcdefghijkl>')).toBe('<[redacted]>');
    expect(scrubber.scrub('abcdefabcdef zzzzzzz')).toBe('[redacted] [redacted]');
    expect(scrubber.scrub('abcdef')).toBe('[redacted]');
  });

  it('of several lines are hidden line by line too', () => {
    const scrubber = createScrubber();
    scrubber.protect([pem]);
    expect(scrubber.scrub(`bad key line: ${'REVG'.repeat(12)}`)).toBe('bad key line: [redacted]');
    expect(scrubber.scrub(JSON.stringify({ pem }))).toBe('{"pem":"[redacted]"}');
  });

  it('are let through when they are too short to tell from words', () => {
    const scrubber = createScrubber();
    scrubber.protect(['abc', '']);
    expect(scrubber.scrub('abc')).toBe('abc');
  });

  it('leave JSON behind, whatever stands before them', () => {
    const scrubber = createScrubber();
    scrubber.protect(['not-secret', 'u0001x-secret', 'back\\slash\\']);
    for (const text of ['\not-secret', '\u0001x-secret', '\\not-secret', 'back\\slash\\', '\\back\\slash\\\n']) {
      const hidden = scrubber.scrub(JSON.stringify({ text }));
      expect(hidden).toContain('[redacted]');
      expect(() => JSON.parse(hidden)).not.toThrow();
    }
  });

  it('survive lone surrogates', () => {
    const scrubber = createScrubber();
    scrubber.protect(['\ud800planted']);
    expect(scrubber.scrub('\ud800planted')).toBe('[redacted]');
  });
});

describe('unregistered secrets', () => {
  const scrubber = createScrubber();
  const forty = 'Ab1'.repeat(14).slice(0, 40);

  it.each([
    ['GitHub', `remote: ghp_${forty} refused`, 'remote: [redacted] refused'],
    ['service token', `evf_${forty}-_9 refused`, '[redacted] refused'],
    ['GitHub app', `ghs_${forty}`, '[redacted]'],
    ['GitHub fine-grained', `github_pat_${forty}_x`, '[redacted]'],
    ['Okta', `x 00${forty} x`, 'x [redacted] x'],
    ['JWT', `t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl;`, 't=[redacted];'],
    ['bearer', 'Bearer abcdefgh12', 'Bearer [redacted]'],
    ['SSWS', 'SSWS abcdefgh12', 'SSWS [redacted]'],
    ['basic', 'basic dXNlcjpwYXNz', 'basic [redacted]'],
    ['URL', 'postgresql://app:p@ss@db:5432/x', 'postgresql://[redacted]@db:5432/x'],
    ['URL with a token', 'https://abc@github.com/a/b', 'https://[redacted]@github.com/a/b'],
    ['AWS secret', 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG', 'aws_secret_access_key = [redacted]'],
    ['AWS secret in JSON', `{"SecretAccessKey":"wJalrXU/tnFEMI"}`, `{"SecretAccessKey":"[redacted]"}`],
    ['AWS secret in escaped JSON', `{\\"SecretAccessKey\\":\\"wJalrXU\\"}`, `{\\"SecretAccessKey\\":\\"[redacted]\\"}`],
    ['AWS session', `x IQoJb3JpZ2lu${'a1'.repeat(60)}= x`, 'x [redacted] x'],
    ['query', '/x?access_token=abc&page=2', '/x?access_token=[redacted]&page=2'],
    ['password', 'password: hunter2, next', 'password: [redacted], next'],
    ['header', 'Authorization: token abcdef', 'Authorization: [redacted]'],
    ['key file', '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----.', '[redacted].'],
    ['cut key file', '"-----BEGIN RSA PRIVATE KEY-----\\nabc"', '"[redacted]"'],
  ])('%s', (_name, text, hidden) => {
    expect(scrubber.scrub(text)).toBe(hidden);
  });

  it.each([
    'AKIAIOSFODNN7EXAMPLE and ASIAIOSFODNN7EXAMPLE',
    '{"count":1,"password":null,"apiKey":true,"secretAccessKey":12}',
    'at file:///srv/node_modules/@octokit/rest/index.js:12:3',
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'basic authentication is off, the token expired',
  ])('lets through: %s', (text) => {
    expect(scrubber.scrub(text)).toBe(text);
  });

  it.each([
    ['eyJ-', ''],
    ['eyJaaaaaaaa.', ''],
    ['-----BEGIN PRIVATE KEY-----', ''],
    ['://', 'x'],
    ['password=', '\\'],
    ['authorization: ', ' '],
    ['\\', '"password'],
    ['basic a', 'a'],
    ['00aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a'],
  ])('does not hang on a long run of %j', (unit, end) => {
    const text = unit.repeat(Math.ceil(60_000 / unit.length)) + end;
    const started = performance.now();
    scrubber.scrub(text);
    // A quadratic expression takes minutes here, a linear one milliseconds.
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('collectSecrets', () => {
  it('finds every string of some length, at any depth, once', () => {
    const loop: Record<string, unknown> = { token: 'planted-1' };
    loop.self = loop;
    const list = [['planted-2'], { map: new Map([['a', 'planted-3']]), set: new Set(['planted-1']) }];
    expect(collectSecrets({ loop, list, short: 'abc', number: 123_456_789, nothing: null })).toEqual([
      'planted-1',
      'planted-2',
      'planted-3',
    ]);
    expect(collectSecrets('planted')).toEqual(['planted']);
  });

  it('looks into strings that hold JSON', () => {
    const file = JSON.stringify({ private_key: 'planted-key' });
    expect(collectSecrets({ file, odd: '{not json' })).toEqual([file, 'planted-key', '{not json']);
  });
});
