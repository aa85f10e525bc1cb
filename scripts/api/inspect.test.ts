import { describe, expect, it } from '@jest/globals';
import { essenceOf, faultsOf } from './inspect.ts';

const theirs = '01a2235c-9e26-7e3e-a95d-f162e8026765';
const secrets = { canary: 'canary1234', ids: new Set([theirs]), texts: ['evf_secret', '/home/somebody/fleet'] };
const problem = {
  type: 'urn:evidence-fleet:problem:not_found',
  title: 'There is no such thing.',
  status: 404,
  detail: 'Ask for another one.',
  code: 'not_found',
  requestId: 'r1',
};
const headers = { 'x-request-id': 'r1', 'content-type': 'application/problem+json; charset=utf-8' };
const refusal = { status: 404, headers, body: JSON.stringify(problem) };
const page = (body: unknown) => ({ status: 200, headers: { 'x-request-id': 'r1' }, body: JSON.stringify(body) });
const faults = (answer: Parameters<typeof faultsOf>[0]) => faultsOf(answer, { secrets, method: 'GET' });

describe('an answer', () => {
  it('that is as it should be has no fault', () => {
    expect(faults(refusal)).toEqual([]);
    expect(faults(page({ items: [], nextCursor: null }))).toEqual([]);
  });

  const cursor = Buffer.from(JSON.stringify({ at: { id: theirs } })).toString('base64url');
  it.each([
    ['a server error', { ...refusal, status: 500 }],
    ['no problem document', { ...refusal, headers: { 'x-request-id': 'r1', 'content-type': 'text/html' } }],
    ['does not fit', { ...refusal, body: JSON.stringify({ ...problem, detail: undefined }) }],
    ['another status', { ...refusal, body: JSON.stringify({ ...problem, status: 400 }) }],
    ['another request id', { ...refusal, body: JSON.stringify({ ...problem, requestId: 'r2' }) }],
    ['type and code differ', { ...refusal, body: JSON.stringify({ ...problem, code: 'conflict' }) }],
    ['no X-Request-Id', { ...page({}), headers: {} }],
    ['503 without Retry-After', { ...refusal, status: 503, body: JSON.stringify({ ...problem, status: 503 }) }],
    ['a name of the other organization', page({ name: 'canary1234-repository' })],
    ['an id of the other organization', page({ id: theirs.toUpperCase() })],
    ['an id of the other organization', page({ items: [], nextCursor: cursor })],
    ['a secret', page({ token: 'evf_secret' })],
    ['a secret', page({ at: '/home/somebody/fleet/x' })],
    ['a stack trace', page('Error: x\n    at answer (file:///x/y.ts:1:2)')],
    ['SQL', page('SELECT id FROM run')],
    ['the database', page('invalid input syntax for type uuid')],
    ["the runtime's own", page('TypeError: x is not a function')],
  ])('tells of %s', (fault, answer) => {
    expect(faults(answer)).toContainEqual(expect.stringContaining(fault));
  });

  it('is alike where only the request id and the time differ', () => {
    const later = { ...headers, 'x-request-id': 'r2', date: 'later' };
    const again = { ...refusal, headers: later, body: JSON.stringify({ ...problem, requestId: 'r2' }) };
    expect(essenceOf(again)).toBe(essenceOf(refusal));
    expect(essenceOf({ ...again, status: 403 })).not.toBe(essenceOf(refusal));
  });
});
