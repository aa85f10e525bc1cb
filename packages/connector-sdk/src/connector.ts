import type { z } from 'zod';
import type { CallTerm } from './calls.ts';
import type { ConnectorError } from './errors.ts';
import type { Runtime } from './runtime.ts';
import type { Stream } from './stream.ts';

/** One way to authenticate. `secrets` is sealed by the vault, opened for one run, never logged. */
export interface AuthKind<Schema extends z.ZodObject = z.ZodObject> {
  readonly title: string;
  readonly secrets: Schema;
  /** Whether such a credential may end by itself, and if so, whether the provider tells when (`Checked.credentialExpiresAt`). Without it, none ends. */
  readonly ends?: 'told' | 'untold';
}

/** A documented quota. `requests` per `perMs` over a sliding window; `burst` at most at once. Units: calls, milliseconds. */
export interface Limit {
  /** Unique inside the connector, e.g. `core`, `iam`. */
  readonly name: string;
  readonly requests: number;
  readonly perMs: number;
  readonly burst?: number;
  /** Operations it applies to (prefix match, e.g. `iam:`); without it, all. The first limit that matches wins. */
  readonly operations?: readonly string[];
  readonly docs: string;
}

/** An answer of the provider, as a connector's `mapError` sees it; the body is text, capped. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly url: URL;
}

/** What a provider's answer says about its quota; the smaller of this and the fleet's own count wins. */
export interface QuotaReport {
  readonly limit?: string;
  readonly remaining: number;
  readonly resetAt: Date;
}

/** The result of `check`: who we are there, whose quota we use, and what we may read. */
export interface Checked {
  /** The provider's immutable id of the account, pinned by the first check; a credential of another account is refused later. */
  readonly account: { readonly id: string; readonly title: string };
  /** All integrations with the same scope share one quota: an AWS account, a GitHub user or installation. Reported, never typed in. */
  readonly quotaScope: string;
  /** Scopes or permissions granted, sorted; part of the proof of absence: a narrower grant retires nothing. */
  readonly grants: readonly string[];
  /** When the credential ends, where the provider tells it: the same at every check. Its organization is told ahead. */
  readonly credentialExpiresAt?: Date;
}

export interface Schedule {
  readonly defaultHours: number;
  readonly minHours: number;
  readonly maxHours: number;
}

type AnyAuth = { readonly [kind: string]: AuthKind };
/** `{ kind, ...secrets }`, one member per auth kind. */
export type Credentials<Auth extends AnyAuth> = {
  [K in keyof Auth & string]: { readonly kind: K } & z.output<Auth[K]['secrets']>;
}[keyof Auth & string];

export interface Connector<
  Id extends string = string,
  Auth extends AnyAuth = AnyAuth,
  Settings extends z.ZodObject = z.ZodObject,
  // biome-ignore lint/suspicious/noExplicitAny: the client is private to its connector; a registry holds connectors of any client
  Client = any,
  Streams extends readonly Stream<Client>[] = readonly Stream<Client>[],
> {
  readonly id: Id;
  readonly title: string;
  readonly version: number;
  readonly auth: Auth;
  readonly settings: Settings;
  /** The settings fields that decide what is in scope (organizations, regions); a change there explains an absence. */
  readonly scopeSettings: readonly (keyof z.output<Settings> & string)[];
  /** Quotas as the provider documents them; the engine uses the configured share of each, fleet-wide. */
  readonly limits: readonly Limit[];
  /** Of the numbers of calls that the streams state. */
  readonly calls: {
    /** With which a run begins: what `connect` and `check` ask, whatever is read afterwards. What they were told is not asked for again. */
    readonly begins: readonly CallTerm[];
    /** What is counted, by the names in the formulas. */
    readonly counts: Readonly<Record<string, string>>;
  };
  /** Calls in flight at once, per integration. */
  readonly concurrency: number;
  readonly schedule: Schedule;
  /** Hosts that credentials may be sent to, given the settings: exact names or `*.suffix`. */
  hosts(settings: z.output<Settings>): readonly string[];
  /** Values the fleet generates when an integration is added, merged into the settings, e.g. the AWS external id. */
  generate?(): Partial<z.input<Settings>>;
  /** Loads the provider's SDK and builds its client. Makes no call. */
  connect(
    opened: { credentials: Credentials<Auth>; settings: z.output<Settings> },
    runtime: Runtime,
  ): Promise<Client> | Client;
  /** The cheapest calls that prove the credential works. */
  check(client: Client): Promise<Checked>;
  /** Translates the provider's own words of failure. undefined: the engine's mapping by status applies. Must not retain the body. */
  mapError?(answer: FailedAnswer, now: Date): ConnectorError | undefined;
  /** Translates an error thrown by the SDK inside `Runtime.call`. undefined: the engine's mapping applies. */
  mapSdkError?(error: unknown, now: Date): ConnectorError | undefined;
  /**
   * The operation a request of `Runtime.fetch` belongs to, ids replaced: `GET /repos/{owner}/{repo}`. Calls are metered and
   * quotas chosen by it. undefined: the engine guesses by leaving out what looks like an id.
   */
  operation?(method: string, url: URL): string | undefined;
  /** Reads the provider's quota headers from any answer. */
  readQuota?(headers: Headers, now: Date): QuotaReport | undefined;
  readonly streams: Streams;
}

/** Declares a connector; inference carries ids, settings, credentials, client and evidence types through. */
export function defineConnector<
  const Id extends string,
  const Auth extends AnyAuth,
  Settings extends z.ZodObject,
  Client,
  const Streams extends readonly Stream<NoInfer<Client>>[],
>(connector: Connector<Id, Auth, Settings, Client, Streams>): Connector<Id, Auth, Settings, Client, Streams> {
  return connector;
}
