import { expect, it } from '@jest/globals';
import { operationOf } from './operation.ts';

it.each([
  ['/api/v1/users/00u1abcd2efGHIJ3k4l5/factors?token=secret', '/api/v1/users/{id}/factors'],
  ['/repositories/4711/branches', '/repositories/{id}/branches'],
  ['/orgs/acme/members', '/orgs/acme/members'],
  ['/rest/api/latest/issue/ABC-12', '/rest/api/latest/issue/{id}'],
  ['/keys/3f2504e0-4f89-41d3-9a0c-0305e82c3301', '/keys/{id}'],
  ['/users/ada%40example.com', '/users/{id}'],
  ['/', '/'],
])('names %s without its ids and its query', (path, name) => {
  expect(operationOf('GET', new URL(path, 'https://api.example.com'))).toBe(`GET ${name}`);
});
