import { createHash } from 'node:crypto';
import type { DeliveryFailure, PendingNotification } from '@evidence-fleet/db';
import { createTransport } from 'nodemailer';
import SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';

/** The operator's mail server. */
export interface Smtp {
  /** `smtps://…`, or `smtp://…`, which has to offer STARTTLS unless `?requireTLS=false` says otherwise. */
  readonly url: string;
  readonly from: string;
}

export interface Mail {
  readonly organization: string;
  /** Addresses, separated by commas. */
  readonly to: string;
  readonly channelId: string;
  readonly pending: readonly PendingNotification[];
  readonly smtp: Smtp | null;
  readonly timeoutMs: number;
  /** Heard when it was taken. @param remark which addresses were refused, if others were not */
  delivered(notificationIds: readonly string[], remark: string | null): Promise<void>;
}

/** Sends all that is pending in one mail. */
export async function sendMail(mail: Mail): Promise<DeliveryFailure | null> {
  const { smtp, pending } = mail;
  const notificationIds = pending.map(({ id }) => id);
  if (smtp === null) return { notificationIds, reason: 'No mail server is configured: the workers need SMTP_URL.' };
  const outcome = await hand(mail, smtp, notificationIds);
  if (typeof outcome === 'string') return { notificationIds, reason: outcome };
  await mail.delivered(notificationIds, outcome.length === 0 ? null : `Refused: ${outcome.join(', ')}.`);
  return null;
}

/** Hands the mail to the server. @returns the addresses that it refused, or why it took none */
async function hand(mail: Mail, smtp: Smtp, notificationIds: readonly string[]): Promise<string[] | string> {
  const { timeoutMs } = mail;
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  // Made here: of options with an address createTransport would take the address alone.
  const transport = createTransport(new SMTPTransport({ url: smtp.url, requireTLS: true, ...timeouts }));
  try {
    const { rejected } = await transport.sendMail({
      from: smtp.from,
      to: mail.to,
      subject: subjectOf(mail),
      text: textOf(mail),
      messageId: messageIdOf(mail.channelId, notificationIds),
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    return rejected.map(addressOf);
  } catch (error) {
    return reasonOf(error);
  } finally {
    transport.close();
  }
}

function subjectOf({ organization, pending }: Mail): string {
  const [first] = pending;
  const what = pending.length === 1 && first !== undefined ? first.message : `${pending.length} notifications`;
  const subject = `${organization}: ${what}`.replace(/\s+/g, ' ');
  return subject.length > 120 ? `${subject.slice(0, 119)}…` : subject;
}

function textOf({ organization, pending }: Mail): string {
  const entries = pending.map(({ createdAt, kind, integration, message }) => {
    const time = createdAt.toISOString().slice(0, 16).replace('T', ' ');
    return `${time} UTC ${[kind, integration].filter(Boolean).join(', ')}\n${message}`;
  });
  return [...entries, `Evidence Fleet, ${organization}. All of them: fleet notifications list`].join('\n\n');
}

/** The same for the same content: who gets a mail twice is shown it once. */
function messageIdOf(channelId: string, notificationIds: readonly string[]): string {
  const digest = createHash('sha256').update(notificationIds.join()).digest('hex').slice(0, 32);
  return `<${digest}.${channelId}@evidence-fleet>`;
}

function addressOf(address: string | { readonly address: string }): string {
  return typeof address === 'string' ? address : address.address;
}

/** What a server answers may quote anything: only its code is told. https://nodemailer.com/errors */
function reasonOf(error: unknown): string {
  const { code = '', responseCode } = error as { code?: string; responseCode?: number };
  const answer = responseCode === undefined ? '' : ` (${responseCode})`;
  const known = reasons[code];
  return `${known ?? `The mail server did not take it${answer}.`}${known !== undefined ? answer : ''}`;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNECTION: 'The mail server cannot be reached: check SMTP_URL.',
  ECONNREFUSED: 'The mail server refuses the connection: check SMTP_URL.',
  ESOCKET: 'The connection to the mail server failed: check SMTP_URL.',
  EDNS: 'The name of the mail server cannot be resolved: check SMTP_URL.',
  ETIMEDOUT: 'The mail server does not answer in time.',
  ETLS: 'The mail server offers no valid TLS, without which nothing is sent.',
  EAUTH: 'The mail server refuses the login: check the user and password of SMTP_URL.',
  EENVELOPE: 'The mail server refuses the addresses: check those of the channel, and SMTP_FROM.',
};
