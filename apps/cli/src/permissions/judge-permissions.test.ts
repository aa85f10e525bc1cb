import type { Connector } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import { describe, expect, it } from '@jest/globals';
import { judgePermissions, type PermissionQuestion, type PermissionReport } from './judge-permissions.ts';
import type { CredentialView, StoredFields } from './vocabulary.ts';
import { vocabularyOf } from './vocabulary-of.ts';

const connectorOf = (id: string): Connector => {
  const found = connectors.get(id);
  if (found === undefined) throw new Error(`there is no connector ${id}`);
  return found;
};
const viewOf = (grants: string[], rows: Record<string, StoredFields[]> = {}): CredentialView => ({
  grants,
  async *evidence(type) {
    yield* rows[type] ?? [];
  },
});
const judge = (id: string, grants: string[], over: Partial<PermissionQuestion> = {}) =>
  judgePermissions({
    ...{ connector: connectorOf(id), vocabulary: vocabularyOf(id, viewOf(grants)), manifests: [], denied: [] },
    ...over,
  });
const excessOf = (id: string, grants: string[], rows?: Record<string, StoredFields[]>) =>
  vocabularyOf(id, viewOf(grants, rows)).excess();
const stateOf = ({ permissions }: PermissionReport, wanted: string) =>
  permissions.find(({ permission }) => permission === wanted)?.state;
const read = (...types: string[]) => ({ streams: types.map((type) => ({ type, status: 'complete' })) });

describe('permissions of AWS', () => {
  const role = 'arn:aws:iam::123456789012:role/EvidenceFleet';
  const manifest = {
    calls: [
      { operation: 'iam:ListUsers', calls: 3, failed: 1 },
      { operation: 's3:ListBuckets', calls: 1, failed: 0 },
      { operation: 'kms:ListKeys', calls: 2, failed: 2 },
    ],
  };
  const denied = [
    { type: 'aws.kms_key', scope: '*', detail: 'AWS refuses kms:ListKeys: allow it in the policy of the integration.' },
    { type: 'aws.vpc', scope: '*', detail: 'Something else.' },
    { type: 'aws.vpc', scope: 'a', detail: 'Something else.' },
  ];

  it('counts the calls that were answered, each under the permission that it is made with', () => {
    const report = judge('aws', [role], { manifests: [manifest, manifest], denied });
    expect(report.permissions.find(({ permission }) => permission === 'iam:ListUsers')).toMatchObject({
      state: 'used',
      calls: 4,
      types: expect.arrayContaining(['aws.iam_user']),
    });
    expect(stateOf(report, 's3:ListAllMyBuckets')).toBe('used');
    expect(stateOf(report, 'iam:GetUser')).toBe('unused');
    expect(stateOf(report, 's3:ListBuckets')).toBeUndefined();
  });

  it('says which permission a gap names, and keeps the other refusals', () => {
    const report = judge('aws', [role], { manifests: [manifest], denied });
    expect(report.permissions[0]).toMatchObject({
      permission: 'kms:ListKeys',
      state: 'missing',
      note: denied[0]?.detail,
    });
    expect(report.permissions.filter(({ state }) => state === 'missing')).toHaveLength(1);
    expect(report.refused).toEqual([{ type: 'aws.vpc', detail: 'Something else.', gaps: 2 }]);
  });

  it('knows the permission of every call that the connector makes under another name', () => {
    const { permissionOf } = vocabularyOf('aws', viewOf([role]));
    const needed = connectorOf('aws').streams.flatMap(({ permissions }) => permissions);
    for (const operation of [
      's3:ListBuckets',
      's3:HeadBucket',
      's3:GetBucketEncryption',
      's3control:GetPublicAccessBlock',
    ])
      expect(needed).toContain(permissionOf?.(operation));
  });

  const policy = (over: StoredFields) => ({
    ...{ policyName: 'Own', attachedRoleIds: [], attachedUserIds: [] },
    ...{ allowsAllOnAll: false, allowsByException: false, wholeServices: [], ...over },
  });
  const roles = [{ roleId: 'AROA1', roleName: 'EvidenceFleet', isAdministrator: false }];

  it('warns of policies that allow far too much, by the evidence of the account', async () => {
    const policies = [
      policy({ policyName: 'AdministratorAccess', allowsAllOnAll: true, attachedRoleIds: ['AROA1'] }),
      policy({ policyName: 'AmazonS3FullAccess', wholeServices: ['s3'], attachedRoleIds: ['AROA1'] }),
      policy({ policyName: 'Least', attachedRoleIds: ['AROA1'] }),
      policy({ policyName: 'OfAnother', allowsAllOnAll: true, attachedRoleIds: ['AROA2'] }),
    ];
    const excess = await excessOf('aws', [role], { 'aws.iam_role': roles, 'aws.iam_policy': policies });
    expect(excess).toMatchObject([
      { grant: 'AdministratorAccess', why: 'allows everything' },
      { grant: 'AmazonS3FullAccess', why: 'allows every action of s3' },
    ]);
    const inline = await excessOf('aws', [role], { 'aws.iam_role': [{ ...roles[0], isAdministrator: true }] });
    expect(inline).toMatchObject([{ grant: 'an inline policy' }]);
    const arn = 'arn:aws:iam::123456789012:user/ops/fleet';
    const users = [{ userId: 'AIDA1', arn }];
    const ofUser = [policy({ policyName: 'PowerUserAccess', allowsByException: true, attachedUserIds: ['AIDA1'] })];
    expect(await excessOf('aws', [arn], { 'aws.iam_user': users, 'aws.iam_policy': ofUser })).toHaveLength(1);
    expect(await excessOf('aws', ['arn:aws:iam::123456789012:root'])).toHaveLength(1);
  });

  it('does not take silence for modesty', async () => {
    expect(await excessOf('aws', [role])).toBeNull();
    expect(await excessOf('aws', [role], { 'aws.iam_role': roles })).toBeNull();
    expect(await excessOf('aws', [role], { 'aws.iam_role': roles, 'aws.iam_policy': [policy({})] })).toEqual([]);
  });
});

describe('permissions of GitHub', () => {
  it('compares the scopes of a classic token with what was read', async () => {
    const grants = ['admin:org', 'delete_repo', 'repo'];
    const report = judge('github', grants, { manifests: [read('github.team')] });
    expect(stateOf(report, 'read:org')).toBe('used');
    expect(stateOf(report, 'admin:org')).toBe('unused');
    expect(stateOf(report, 'read:repo_hook')).toBe('missing');
    expect(stateOf(report, 'security_events')).toBe('unused');
    expect(report.permissions.find(({ permission }) => permission === 'delete_repo')).toMatchObject({
      state: 'unused',
      types: [],
    });
    expect(await excessOf('github', grants)).toMatchObject([
      { grant: 'admin:org', todo: expect.stringContaining('GitHub App') },
      { grant: 'delete_repo', todo: expect.stringContaining('without it') },
      { grant: 'repo', todo: expect.stringContaining('GitHub App') },
    ]);
    expect(await excessOf('github', ['read:org', 'security_events'])).toEqual([]);
  });

  it('compares the permissions of an App, and warns of those to write', async () => {
    const grants = ['administration=write', 'members=read', 'metadata=read', 'repositories=all', 'issues=read'];
    const report = judge('github', grants, { manifests: [read('github.repository')] });
    expect(stateOf(report, 'administration=read')).toBe('used');
    expect(stateOf(report, 'members=read')).toBe('unused');
    expect(stateOf(report, 'contents=read')).toBe('missing');
    expect(stateOf(report, 'issues=read')).toBe('unused');
    expect(await excessOf('github', grants)).toMatchObject([{ grant: 'administration=write' }]);
  });

  it('knows nothing of what a fine-grained token was granted', async () => {
    const report = judge('github', ['fine-grained'], { manifests: [read('github.team')] });
    expect(stateOf(report, 'members=read')).toBe('used');
    expect(report.permissions.some(({ state }) => state === 'missing')).toBe(false);
    expect(await excessOf('github', ['fine-grained'])).toBeNull();
  });
});

describe('permissions of Okta', () => {
  it('compares scopes, and warns of roles and scopes that change things', async () => {
    const grants = ['okta.groups.manage', 'okta.users.read', 'role:SUPER_ADMIN'];
    const report = judge('okta', grants, { manifests: [read('okta.group')] });
    expect(stateOf(report, 'okta.groups.read')).toBe('used');
    expect(stateOf(report, 'okta.users.read')).toBe('unused');
    expect(stateOf(report, 'okta.logs.read')).toBe('missing');
    expect((await excessOf('okta', grants))?.map(({ grant }) => grant)).toEqual([
      'role:SUPER_ADMIN',
      'okta.groups.manage',
    ]);
    expect(await excessOf('okta', ['okta.users.read', 'role:READ_ONLY_ADMIN'])).toEqual([]);
  });

  it('takes an API token for granted whatever its owner may', async () => {
    const report = judge('okta', ['role:READ_ONLY_ADMIN', 'user:00u1']);
    expect(report.permissions.every(({ state }) => state === 'unused')).toBe(true);
    expect(await excessOf('okta', ['role:unknown', 'user:00u1'])).toBeNull();
  });
});

describe('permissions of Jira', () => {
  const administer = 'Administer Jira (global permission)';
  const browse = 'Browse projects, in every project';
  const stateOfAll = (report: PermissionReport) => [administer, browse].map((wanted) => stateOf(report, wanted));

  it('compares the global permissions of the user, and warns of the one that changes everything', async () => {
    const grants = ['ADMINISTER', 'user:5b10'];
    const report = judge('jira', grants, { manifests: [read('jira.permission_scheme', 'jira.server_info')] });
    expect(stateOfAll(report)).toEqual(['used', 'unused']);
    expect(stateOf(report, 'access to Jira')).toBe('used');
    expect(stateOf(report, 'Browse users and groups (global permission)')).toBe('missing');
    expect(await excessOf('jira', grants)).toMatchObject([{ grant: 'ADMINISTER' }]);
    expect(await excessOf('jira', ['USER_PICKER', 'user:5b10'])).toEqual([]);
  });

  it('knows by a gap alone that a project may not be browsed, and nothing before the first check', async () => {
    const detail = `The user may browse 2 of 3 projects, and no issue of the others is shown: grant ${browse}.`;
    const denied = [{ type: 'jira.issue', scope: '*', detail }];
    const report = judge('jira', ['ADMINISTER', 'user:5b10'], { manifests: [read('jira.issue')], denied });
    expect(stateOfAll(report)).toEqual(['used', 'missing']);
    expect(report.refused).toEqual([]);
    expect(stateOfAll(judge('jira', []))).toEqual(['unused', 'unused']);
    expect(await excessOf('jira', [])).toBeNull();
  });
});

describe('permissions of any other connector', () => {
  it('are what its streams say', async () => {
    const vocabulary = vocabularyOf('other', viewOf(['whatever']));
    const connector = { streams: [{ evidence: { name: 'other.thing' }, permissions: ['Browse projects'] }] };
    const report = judgePermissions({
      connector: connector as unknown as Connector,
      ...{ vocabulary, manifests: [read('other.thing')], denied: [] },
    });
    expect(report.permissions).toMatchObject([{ permission: 'Browse projects', state: 'used' }]);
    expect(await vocabulary.excess()).toBeNull();
  });
});
