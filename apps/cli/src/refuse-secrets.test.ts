import { describe, expect, it } from '@jest/globals';
import { refuseSecrets } from './refuse-secrets.ts';

// put together here, so that no scanner takes this file for a leak
const token = `ghp_${'a1B2'.repeat(9)}`;

describe('secrets in arguments', () => {
  it.each<[string[]]>([
    [['integrations', 'add', 'github', token]],
    [['integrations', 'add', 'github', `--token=${token}`]],
    [['integrations', 'add', 'github', '--token', 'short-one']],
    [['integrations', 'add', 'github', '--setting', 'token=short-one']],
    [['integrations', 'add', 'aws', '--secret-access-key', 'x'.repeat(20)]],
    [['integrations', 'add', 'aws', '--setting=secretAccessKey=abc']],
    [['integrations', 'add', 'github', '--endpoint', 'https://user:password@github.example']],
  ])('are refused: %j', (args) => {
    expect(() => refuseSecrets(args)).toThrow(/looks like a secret/);
  });

  it('are never quoted in the refusal', () => {
    try {
      refuseSecrets(['integrations', 'add', 'github', token]);
    } catch (error) {
      expect(String(error)).not.toContain(token);
    }
    expect.assertions(1);
  });

  it('are not seen where there are none', () => {
    const args = [
      ...['integrations', 'add', 'aws', '--setting', 'roleArn=arn:aws:iam::123456789012:role/EvidenceFleet'],
      ...['--credentials-file', 'secrets/github-token.json', '--name', 'AWS production', '--cron', '0 3 * * *'],
      ...['runs', 'show', '0198c5a2-7c1e-7d2f-8a33-0b9d5e6f7a81', '--types', 'iam_user,password_policy'],
    ];
    expect(() => refuseSecrets(args)).not.toThrow();
  });
});
