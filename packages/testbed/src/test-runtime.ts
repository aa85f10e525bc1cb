import { type Connector, ConnectorError, type Runtime } from '@evidence-fleet/connector-sdk';

/** A call as it left the connector. Never its headers: they hold the credential. */
export interface RecordedCall {
  readonly method: string;
  readonly url: string;
}

export interface TestRuntime extends Runtime {
  readonly calls: readonly RecordedCall[];
  /** What the connector asked to be stored as its credential. */
  readonly saved: readonly unknown[];
}

/**
 * A Runtime for tests of a connector alone: calls go out as they are and refusals are mapped by the connector, but nothing is
 * retried, throttled, capped or pinned. Whatever the connector leaves unmapped becomes a plain ConnectorError by status.
 * @param options.endpoint the provider simulator, e.g. `http://127.0.0.1:4000`
 */
export function testRuntime(options: {
  readonly connector: Pick<Connector, 'mapError' | 'mapSdkError'>;
  readonly endpoint: string;
  readonly signal?: AbortSignal;
}): TestRuntime {
  const { connector, endpoint } = options;
  const signal = options.signal ?? new AbortController().signal;
  const calls: RecordedCall[] = [];
  const saved: unknown[] = [];

  const transport: typeof fetch = async (input, init) => {
    const request = new Request(input, { ...init, signal });
    calls.push({ method: request.method, url: request.url });
    return fetch(request);
  };

  return {
    endpoint,
    signal,
    calls,
    saved,
    log: { debug: ignore, info: ignore, warn: ignore },
    transport,
    saveCredentials: async (next) => void saved.push(next),
    protect: ignore,
    async fetch(input, init) {
      const answer = await transport(input, init);
      if (answer.status < 400) return answer;
      const { status, headers, url } = answer;
      const failed = { status, headers, url: new URL(url), body: await answer.text() };
      throw connector.mapError?.(failed, new Date()) ?? byStatus(status);
    },
    async call(_operation, request) {
      try {
        return await request(signal);
      } catch (error) {
        throw connector.mapSdkError?.(error, new Date()) ?? error;
      }
    },
  };
}

function ignore(): void {}

function byStatus(status: number): ConnectorError {
  const options = { providerCode: String(status) };
  if (status >= 500) return new ConnectorError('service_unavailable', `The provider answered ${status}.`, options);
  return new ConnectorError(
    'malformed',
    `The provider answered ${status}, which the connector does not explain.`,
    options,
  );
}
