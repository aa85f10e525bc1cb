import { describe, expect, it } from '@jest/globals';
import { createDestinationCheck } from './destinations.ts';

const pass = (hosts: string[], url: string, endpoint?: string) => () =>
  createDestinationCheck(hosts, endpoint)(new URL(url));

describe('host pinning', () => {
  it('lets the named hosts pass over https', () => {
    expect(pass(['api.github.com'], 'https://api.github.com/a?b')).not.toThrow();
    expect(pass(['*.amazonaws.com'], 'https://s3.eu-west-1.amazonaws.com/')).not.toThrow();
    expect(pass(['Jira.Example.com:8443'], 'https://jira.example.com:8443/')).not.toThrow();
  });

  it.each([
    'https://evil.example/',
    'https://api.github.com.evil.example/',
    'https://xapi.github.com/',
    'https://api.github.com:8443/',
    'https://amazonaws.com/',
    'https://.amazonaws.com/',
    'https://evilamazonaws.com/',
    'https://s3.amazonaws.com:8080/',
    'http://api.github.com/',
    'ftp://api.github.com/',
  ])('refuses %s', (url) => {
    expect(pass(['api.github.com', '*.amazonaws.com'], url)).toThrow(/https|not a host/);
  });

  it("adds the operator's endpoint, in its scheme and port only", () => {
    expect(pass([], 'http://127.0.0.1:4566/x', 'http://127.0.0.1:4566')).not.toThrow();
    expect(pass([], 'http://127.0.0.1:4567/x', 'http://127.0.0.1:4566')).toThrow();
    expect(pass([], 'https://127.0.0.1:4566/x', 'http://127.0.0.1:4566')).toThrow();
  });
});
