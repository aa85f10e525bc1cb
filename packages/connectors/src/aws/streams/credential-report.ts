import { ConnectorError, Expected, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { credentialReport } from '../evidence-identity.ts';
import { notListed } from './account-counts.ts';
import { type ReportLine, readReport } from './report-lines.ts';
import { findUserByName } from './users.ts';

const rootName = '<root_account>';

/** One call more each time that AWS is still writing the report. */
export const credentialReports = stream(
  credentialReport,
  {
    permissions: ['iam:GenerateCredentialReport', 'iam:GetCredentialReport', 'iam:GetUser'],
    docs: [
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html',
      'https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html',
    ],
    calls: { reads: [2] },
    async probe(aws: Aws, { userName, createdAt, isRoot }) {
      if (isRoot) throw notListed('root user');
      const user = await findUserByName(aws, userName);
      // The report tells seconds; somebody made at another time is somebody else.
      if (user === null || Math.abs(user.CreateDate.getTime() - Date.parse(createdAt)) >= 1000) return null;
      throw notListed('user');
    },
  },
  async function* (aws) {
    const { accountId } = await aws.identity();
    await finishReport(aws);
    const { Content, GeneratedTime } = await aws.iam('GetCredentialReport', reportAnswer, (iam, options) =>
      iam.getCredentialReport({}, options),
    );
    const lines = readReport(new TextDecoder().decode(Content));
    if (lines[0]?.user !== rootName) {
      throw new ConnectorError(
        'malformed',
        'AWS answered with a credential report that does not begin with the root user.',
      );
    }
    yield new Expected(lines.length); // one document is whole or malformed
    for (const line of lines) yield lineRow(accountId, line, GeneratedTime);
  },
);

const stateAnswer = z.object({ State: z.enum(['STARTED', 'INPROGRESS', 'COMPLETE']) });
const reportAnswer = z.object({ Content: z.instanceof(Uint8Array), GeneratedTime: z.date() });

/** AWS writes a report in seconds, and keeps it for four hours. Until it is there the call counts as not answered, and is tried again. */
async function finishReport(aws: Aws): Promise<void> {
  await aws.iam('GenerateCredentialReport', stateAnswer, async (iam, options) => {
    const answer = await iam.generateCredentialReport({}, options);
    if (answer.State === 'STARTED' || answer.State === 'INPROGRESS')
      throw new ConnectorError('service_unavailable', 'AWS is still writing the credential report.');
    return answer;
  });
}

function lineRow(accountId: string, line: ReportLine, reportedAt: Date): z.input<typeof credentialReport.schema> {
  const time = (column: string) => reportTime(line[column]);
  const isOn = (column: string) => line[column]?.toLowerCase() === 'true';
  return {
    accountId,
    arn: line.arn ?? '',
    userName: line.user ?? '',
    createdAt: time('user_creation_time') ?? '',
    isRoot: line.user === rootName,
    passwordEnabled: line.password_enabled === 'not_supported' ? null : isOn('password_enabled'),
    passwordChangedAt: time('password_last_changed'),
    passwordExpiresAt: time('password_next_rotation'),
    passwordLastUsedAt: time('password_last_used'),
    hasMfa: isOn('mfa_active'),
    accessKey1Active: isOn('access_key_1_active'),
    accessKey1RotatedAt: time('access_key_1_last_rotated'),
    accessKey1LastUsedAt: time('access_key_1_last_used_date'),
    accessKey2Active: isOn('access_key_2_active'),
    accessKey2RotatedAt: time('access_key_2_last_rotated'),
    accessKey2LastUsedAt: time('access_key_2_last_used_date'),
    certificate1Active: isOn('cert_1_active'),
    certificate2Active: isOn('cert_2_active'),
    reportedAt: reportedAt.toISOString(),
  };
}

/** A time, or null for `N/A`, `no_information` and `not_supported`. */
function reportTime(field: string | undefined): string | null {
  const at = /^\d{4}-/.test(field ?? '') ? Date.parse(field ?? '') : Number.NaN;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
