import { ConnectorError, type Runtime } from '@evidence-fleet/connector-sdk';
import type { CloudClient } from 'jira.js/cloud';
import type { SendRequestOptions } from 'jira.js/core';
import type { z } from 'zod';
import { Myself, TenantInfo } from './answers.ts';
import { refuseStranger } from './errors.ts';
import { operation } from './operations.ts';
import type { Settings } from './settings.ts';

/** A call that jira.js does not know. */
export type Send = (call: Pick<SendRequestOptions, 'url' | 'searchParams'>) => Promise<unknown>;

/** Speaks Jira's words and returns Jira's shapes, each answer parsed; the streams translate them into evidence. */
export interface Jira {
  readonly settings: Settings;
  /** Makes one call, e.g. `(api) => api.myself.getCurrentUser()`, and parses the answer by `schema`. */
  ask<S extends z.ZodType>(call: (api: CloudClient, send: Send) => Promise<unknown>, schema: S): Promise<z.output<S>>;
  /** The immutable id of the site; asked once a run. */
  cloudId(): Promise<string>;
  /** Whom the token belongs to; asked once a run. */
  myself(): Promise<z.output<typeof Myself>>;
  /** Jira's clock as of its last answer, so that a cursor never depends on ours. */
  clock(): Date;
}

/** @param options.apiUrl e.g. `https://acme.atlassian.net`, without a slash at the end */
export async function createJira(
  options: { readonly settings: Settings; readonly email: string; readonly token: string; readonly apiUrl: string },
  runtime: Runtime,
): Promise<Jira> {
  const { createCloudClient } = await import('jira.js/cloud');
  const encoded = Buffer.from(`${options.email}:${options.token}`).toString('base64');
  runtime.protect([encoded]); // it holds the token, in none of its own spellings
  const authorization = `Basic ${encoded}`;
  let lastAnswerAt: Date | undefined;

  async function request({ url, method = 'GET', searchParams = {}, body }: SendRequestOptions): Promise<Answer> {
    const address = new URL(options.apiUrl + url);
    for (const [name, value] of Object.entries(searchParams)) {
      for (const one of [value].flat()) if (one !== undefined) address.searchParams.append(name, String(one));
    }
    const headers = { authorization, accept: 'application/json' };
    // Every POST of this connector is a question: it changes nothing and may be asked again.
    const asked = { ...headers, 'content-type': 'application/json', 'x-fleet-idempotent': '1' };
    const sent = body === undefined ? { headers } : { headers: asked, body: JSON.stringify(body) };
    const answer = await runtime.fetch(address, { method, ...sent });
    refuseStranger(answer.headers);
    const date = Date.parse(answer.headers.get('date') ?? '');
    if (!Number.isNaN(date)) lastAnswerAt = new Date(date);
    return { operation: operation(method, address) ?? method, data: await answer.json().catch(() => null) };
  }

  // jira.js words the calls; its own transport, retries and checks of answers stay out, because it hands on what `sendRequest` returns.
  const api = createCloudClient({ sendRequest: async <T>(call: SendRequestOptions<T>) => (await request(call)) as T });

  async function ask<S extends z.ZodType>(
    call: (api: CloudClient, send: Send) => Promise<unknown>,
    schema: S,
  ): Promise<z.output<S>> {
    // The seam: whatever a function of jira.js is said to return, it is what `request` returned.
    const { operation, data } = (await call(api, request)) as Answer;
    return parseAnswer(schema, data, operation);
  }

  return {
    settings: options.settings,
    ask,
    cloudId: once(async () => (await ask((_, send) => send({ url: '/_edge/tenant_info' }), TenantInfo)).cloudId),
    myself: once(() => ask(({ myself }) => myself.getCurrentUser(), Myself)),
    clock: () => lastAnswerAt ?? new Date(),
  };
}

interface Answer {
  readonly operation: string;
  readonly data: unknown;
}

/** A failure is not remembered. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    const answer = asked ?? read();
    asked = answer;
    answer.catch(() => {
      asked = undefined;
    });
    return answer;
  };
}

/** Names the field that is wrong, never its value, nor an id in the path. */
function parseAnswer<S extends z.ZodType>(schema: S, data: unknown, operation: string): z.output<S> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const place = parsed.error.issues[0]?.path.map(String).join('.') || 'its root';
  throw new ConnectorError('malformed', `Jira's answer to ${operation} is not as documented, at ${place}.`);
}
