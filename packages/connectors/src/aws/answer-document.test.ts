import { describe, expect, it } from '@jest/globals';
import { requireAnswer } from './answer-document.ts';

const form = { method: 'POST', path: '/', query: {}, body: 'Action=ListUsers&Version=2010-05-08' };
const bucket = (subresource: string) => ({ method: 'GET', path: '/b', query: { [subresource]: '' }, body: undefined });

describe('requireAnswer', () => {
  it.each([
    ['a form', form, '<ListUsersResponse xmlns="https://iam"><Users/></ListUsersResponse>'],
    ['S3', bucket('versioning'), '<?xml version="1.0"?>\n<VersioningConfiguration/>'],
    [
      'the list of buckets',
      { ...form, method: 'GET', body: undefined },
      '<ListAllMyBucketsResult></ListAllMyBucketsResult>',
    ],
    ['JSON', { ...form, body: '{"Name":"main"}' }, '{"trailList":[]}'],
  ])('takes the document that answers %s', (_name, request, text) => {
    expect(() => requireAnswer(request, text)).not.toThrow();
  });

  it.each([
    ['nothing', form, ''],
    ['half a document', form, '<ListUsersResponse><Users>'],
    ['a web page', form, '<html><body></body></html>'],
    ['the answer to another action', form, '<ListGroupsResponse></ListGroupsResponse>'],
    ['another description of a bucket', bucket('versioning'), '<BucketLoggingStatus/>'],
    ['an error with a success status', bucket('logging'), '<Error><Code>InternalError</Code></Error>'],
  ])('refuses %s, which the SDK would read as an answer without members', (_name, request, text) => {
    expect(() => requireAnswer(request, text)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});
