import { ConnectorError } from '@evidence-fleet/connector-sdk';
import type { DeliveryFailure, PendingNotification } from '@evidence-fleet/db';
import { createPoster, type NetworkPolicy, type Post } from '@evidence-fleet/engine';
import { z } from 'zod';
import { signWebhook } from './sign-webhook.ts';

/** What the vault sealed for a webhook. */
export const webhookSecret = z.object({ url: z.url({ protocol: /^https?$/ }), secret: z.string().min(1) });

export interface Webhooks {
  readonly organization: string;
  readonly webhook: z.output<typeof webhookSecret>;
  readonly pending: readonly PendingNotification[];
  readonly network: NetworkPolicy;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Asked before each but the first. */
  mayGoOn(): boolean;
  /** Heard after each that arrived. */
  delivered(notificationIds: readonly string[]): Promise<void>;
}

/** Posts notifications one by one, and stops at the first that does not arrive. @returns that one */
export async function sendWebhooks(options: Webhooks): Promise<DeliveryFailure | null> {
  const { webhook, pending, network, timeoutMs, signal } = options;
  const poster = createPoster({ network, timeoutMs });
  try {
    for (const [index, notification] of pending.entries()) {
      if (index > 0 && !options.mayGoOn()) return null;
      const reason = await reasonOf(() => poster.post(postOf(options.organization, webhook, notification), signal));
      if (reason !== null) return { notificationIds: [notification.id], reason };
      await options.delivered([notification.id]);
    }
    return null;
  } finally {
    await poster.close();
  }
}

function postOf(
  organization: string,
  { url, secret }: Webhooks['webhook'],
  { id, kind, message, integrationId, integration, createdAt }: PendingNotification,
): Post {
  const about = integrationId === null ? null : { id: integrationId, name: integration };
  const body = JSON.stringify({ id, kind, message, organization, integration: about, createdAt });
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'evidence-fleet',
    'fleet-notification-id': id,
    'fleet-signature': signWebhook(secret, body, new Date()),
  };
  return { url: new URL(url), headers, body };
}

/** Why it did not arrive; null: it did. */
async function reasonOf(post: () => Promise<number>): Promise<string | null> {
  try {
    const status = await post();
    if (status >= 200 && status < 300) return null;
    if (status >= 300 && status < 400)
      return `It answered ${status}, and redirects are not followed: give the channel the address that it leads to.`;
    const hint = [401, 403, 404, 405, 410].includes(status) ? " Check the channel's address." : '';
    return `It answered ${status}.${hint}`;
  } catch (error) {
    if (error instanceof ConnectorError) return error.message;
    throw error;
  }
}
