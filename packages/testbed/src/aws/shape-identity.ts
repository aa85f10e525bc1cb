import { policyArn } from './resources.ts';
import { lastUsed, type Shaping } from './shaping.ts';
import type { AwsAccount } from './world.ts';
import { element, listItems, replaceList } from './xml.ts';

/** What IAM would have said of the account, its credentials and its policies. */
export const identityShapers: Readonly<Record<string, (shaping: Shaping) => string>> = {
  'iam:GetAccountSummary': ({ account, body }) =>
    body
      .replace(/(<key>AccountMFAEnabled<\/key><value>)\d/, `$1${account.rootHasMfa ? 1 : 0}`)
      .replace('<SummaryMap>', '<SummaryMap><entry><key>AccountPasswordPresent</key><value>1</value></entry>'),
  'iam:GetAccountAuthorizationDetails': (shaping) => {
    const roles = listItems(shaping.body, 'RoleDetailList').map((item) => withRoleUse(item, shaping));
    const policies = listItems(shaping.body, 'Policies').map((item) => withPolicyId(item, shaping.account));
    return replaceList(replaceList(shaping.body, 'RoleDetailList', roles), 'Policies', policies);
  },
  'iam:ListAccessKeys': ({ body }) =>
    body.replace('</ListAccessKeysResult>', '<IsTruncated>false</IsTruncated></ListAccessKeysResult>'),
  'iam:GenerateCredentialReport': ({ body }) => body.replace('<State>STARTED<', '<State>COMPLETE<'),
  'iam:GetAccessKeyLastUsed': ({ call, account, state, body }) => {
    const key = account.accessKeys.find(({ id }) => id === call.resource);
    if (key?.isActive !== true) return body;
    const use = `<LastUsedDate>${lastUsed(state).toISOString()}</LastUsedDate><ServiceName>s3</ServiceName><Region>eu-west-1</Region>`;
    return body.replace(/<AccessKeyLastUsed>.*<\/AccessKeyLastUsed>/s, `<AccessKeyLastUsed>${use}</AccessKeyLastUsed>`);
  },
  'iam:GetCredentialReport': ({ account, state, body }) => {
    const report = Buffer.from(credentialReport(account, lastUsed(state))).toString('base64');
    return body
      .replace(/<Content>[^<]*<\/Content>/, `<Content>${report}</Content>`)
      .replace(/<GeneratedTime>[^<]*</, `<GeneratedTime>${lastUsed(state).toISOString()}<`);
  },
};

function withRoleUse(item: string, { state }: Shaping): string {
  const use = `<LastUsedDate>${lastUsed(state).toISOString()}</LastUsedDate><Region>eu-west-1</Region>`;
  return item
    .replace(/<RoleLastUsed\s*\/>|<RoleLastUsed>.*<\/RoleLastUsed>/s, '')
    .replace(/<\/member>$/, `<RoleLastUsed>${use}</RoleLastUsed></member>`);
}

function withPolicyId(item: string, { accountId, policies }: AwsAccount): string {
  const policy = policies.find(({ name }) => element(item, 'Arn') === policyArn(accountId, name));
  if (policy === undefined || item.includes('<PolicyId>')) return item;
  return item.replace('<member>', `<member><PolicyName>${policy.name}</PolicyName><PolicyId>${policy.id}</PolicyId>`);
}

const columns = [
  'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active',
  ...[1, 2].map((nth) =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service']
      .map((field) => `access_key_${nth}_${field}`)
      .join(),
  ),
  'cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated',
].join();

/** When the root user of every account of the testbed was made. */
export const rootCreatedAt = '2020-01-01T00:00:00.000Z';

/** In the order of the world: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
function credentialReport(account: AwsAccount, used: Date): string {
  const at = (time: string) => `${time.slice(0, 19)}+00:00`;
  const noKey = 'false,N/A,N/A,N/A,N/A';
  const certificates = 'false,N/A,false,N/A';
  const root = ['<root_account>', `arn:aws:iam::${account.accountId}:root`, at(rootCreatedAt), 'not_supported'];
  const rootRest = [at(used.toISOString()), 'not_supported', 'not_supported', String(account.rootHasMfa)];
  const users = account.users.map((user) => {
    const keys = account.accessKeys.filter(({ userName }) => userName === user.name);
    const keyFields = [0, 1].map((nth) => {
      const key = keys[nth];
      if (key === undefined) return noKey;
      const use = key.isActive ? `${at(used.toISOString())},eu-west-1,s3` : 'N/A,N/A,N/A';
      return `${key.isActive},${at(key.createdAt)},${use}`;
    });
    const password = user.hasPassword
      ? ['true', at(used.toISOString()), at(user.passwordCreatedAt), 'N/A']
      : ['false', 'N/A', 'N/A', 'N/A'];
    const arn = `arn:aws:iam::${account.accountId}:user${user.path}${user.name}`;
    return [user.name, arn, at(user.createdAt), ...password, user.mfa !== null, ...keyFields, certificates].join();
  });
  return [columns, [...root, ...rootRest, noKey, noKey, certificates].join(), ...users].join('\n');
}
