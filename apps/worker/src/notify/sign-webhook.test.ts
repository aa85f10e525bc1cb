import { describe, expect, it } from '@jest/globals';
import { signWebhook } from './sign-webhook.ts';

describe('the signature of a webhook', () => {
  it('is what docs/production.md says: HMAC-SHA256 of time, a dot and the body', () => {
    // printf '1767225600.{"id":"1"}' | openssl dgst -sha256 -hmac whsec_test
    expect(signWebhook('whsec_test', '{"id":"1"}', new Date('2026-01-01T00:00:00.999Z'))).toBe(
      't=1767225600,v1=c9c43053c587d9a132baf3e87a7f5cd6b5e5e5acf4ecb038f8c897644f666304',
    );
  });

  it('is another one for another secret, body or second', () => {
    const now = new Date();
    const signatures = [
      signWebhook('a', 'x', now),
      signWebhook('b', 'x', now),
      signWebhook('a', 'y', now),
      signWebhook('a', 'x', new Date(now.getTime() + 1_000)),
    ];
    expect(new Set(signatures).size).toBe(4);
  });
});
