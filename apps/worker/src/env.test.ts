import { EnvError, parseEnv } from '@evidence-fleet/service';
import { describe, expect, it } from '@jest/globals';
import { workerEnv } from './env.ts';

const stores = { DATABASE_URL: 'postgresql://fleet_app@db/fleet', REDIS_URL: 'redis://redis' };

/** The variables that are wrong. */
function problemsOf(variables: Record<string, string>): string[] {
  try {
    parseEnv(workerEnv, { ...stores, ...variables });
    return [];
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    return error.problems.map(({ variable }) => variable);
  }
}

describe("the worker's environment", () => {
  it('says whether it loads everything at once, in words that are known', () => {
    const keys = { FLEET_KEYRING: 'k1:…' };
    for (const known of ['true', 'false', '1', '0']) expect(problemsOf({ ...keys, PRELOAD: known })).toEqual([]);
    expect(problemsOf({ ...keys, PRELOAD: 'perhaps' })).toEqual(['PRELOAD']);
  });

  it('needs keys of one kind or the other', () => {
    expect(problemsOf({})).toEqual(['FLEET_KEYRING']);
    expect(problemsOf({ FLEET_KEYRING: 'k1:…' })).toEqual([]);
    expect(problemsOf({ FLEET_KMS_KEY: 'arn:…' })).toEqual([]);
  });

  it('needs a sender where there is a mail server', () => {
    const keys = { FLEET_KEYRING: 'k1:…' };
    expect(problemsOf({ ...keys, SMTP_URL: 'smtps://mail.example.com' })).toEqual(['SMTP_FROM']);
    expect(problemsOf({ ...keys, SMTP_URL: 'smtps://mail.example.com', SMTP_FROM: 'fleet@example.com' })).toEqual([]);
    expect(problemsOf({ ...keys, SMTP_URL: 'https://mail.example.com', SMTP_FROM: 'x@y' })).toEqual(['SMTP_URL']);
  });
});
