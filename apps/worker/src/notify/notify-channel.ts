import {
  type ChannelKind,
  type Database,
  type DeliveryFailure,
  endDelivering,
  noteDelivered,
  type Outbox,
  readOutbox,
} from '@evidence-fleet/db';
import type { NetworkPolicy } from '@evidence-fleet/engine';
import type { Logger } from '@evidence-fleet/service';
import { channelAddress, type Vault, VaultError } from '@evidence-fleet/vault';
import type { Smtp } from './send-mail.ts';
import type { Webhooks } from './send-webhooks.ts';

export interface NotifyTools {
  readonly database: Database;
  readonly vault: Vault;
  readonly network: NetworkPolicy;
  readonly smtp: Smtp | null;
  readonly log: Logger;
  /** Longest wait for a receiver; milliseconds. */
  readonly timeoutMs?: number;
}

/** What a job came to; `kind` is `removed` where there is no such channel any more. */
export interface Sent {
  readonly kind: ChannelKind | 'removed';
  readonly sent: number;
  readonly failed: number;
}

interface Job {
  readonly organizationId: string;
  readonly channelId: string;
}

/** In one reading, and in one mail. */
const atOnce = 20;
/** Half of what a channel is left to a worker for (dueChannels): nobody else is at it meanwhile. */
const longestMs = 60_000;
const defaultTimeoutMs = 10_000;

/**
 * Sends what a channel has to send, until nothing is left, the first failure, or a minute is over. At least once: what was sent and could
 * not be noted is sent again.
 */
export async function notifyChannel(tools: NotifyTools, job: Job, signal: AbortSignal): Promise<Sent> {
  const until = performance.now() + longestMs;
  const mayGoOn = () => performance.now() < until && !signal.aborted;
  let sent = 0;
  let kind: Sent['kind'] = 'removed';
  let failure: DeliveryFailure | null = null;
  do {
    const outbox = await readOutbox(tools.database, { ...job, limit: atOnce });
    if (outbox === null) return { kind, sent, failed: 0 };
    kind = outbox.kind;
    if (outbox.pending.length === 0) break;
    failure = await send(tools, job, outbox, {
      signal,
      mayGoOn,
      async delivered(notificationIds, remark = null) {
        await noteDelivered(tools.database, job, { notificationIds, remark });
        sent += notificationIds.length;
      },
    });
  } while (failure === null && mayGoOn());
  if (signal.aborted) failure = null; // it was us who broke off
  await endDelivering(tools.database, job, { failure, hasSent: sent > 0 });
  if (failure !== null) tools.log.warn({ ...job, kind, reason: failure.reason }, 'notify.failing');
  else if (sent > 0) tools.log.info({ ...job, kind, sent }, 'notify.sent');
  return { kind, sent, failed: failure === null ? 0 : 1 };
}

interface Sending extends Pick<Webhooks, 'signal' | 'mayGoOn'> {
  delivered(notificationIds: readonly string[], remark?: string | null): Promise<void>;
}

async function send(tools: NotifyTools, job: Job, outbox: Outbox, sending: Sending): Promise<DeliveryFailure | null> {
  const { network, smtp, timeoutMs = defaultTimeoutMs } = tools;
  const { organization, pending, target: to } = outbox;
  try {
    if (outbox.kind === 'mail') {
      const { sendMail } = await import('./send-mail.ts');
      return await sendMail({ organization, to, channelId: job.channelId, pending, smtp, timeoutMs, ...sending });
    }
    const { sendWebhooks, webhookSecret } = await import('./send-webhooks.ts');
    const webhook = webhookSecret.parse(await openSecret(tools.vault, job, outbox));
    return await sendWebhooks({ organization, webhook, pending, network, timeoutMs, ...sending });
  } catch (error) {
    if (sending.signal.aborted) return null;
    if (!(error instanceof VaultError)) throw error;
    return { notificationIds: pending.map(({ id }) => id), reason: error.message };
  }
}

async function openSecret(vault: Vault, { organizationId, channelId }: Job, { key, secret }: Outbox): Promise<unknown> {
  if (key === null || secret === null)
    throw new VaultError('unknown_key', "The channel's secret was destroyed. Remove the channel and add it again.");
  const address = channelAddress(organizationId, channelId);
  return (await vault.open(key, { ...address, ...secret }, address)).reveal();
}
