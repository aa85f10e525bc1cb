import type { AsyncLocalStorage } from 'node:async_hooks';
import { types } from 'node:util';
import { type Connector, ConnectorError, type Runtime } from '@evidence-fleet/connector-sdk';
import type { Observer } from '../observer.ts';
import type { Attempts } from './attempts.ts';
import { withDeadline } from './deadline.ts';
import { plainError } from './network-error.ts';
import { connectorErrorIn, errorOfSdk } from './sdk-error.ts';

interface CallOptions {
  readonly connector: Pick<Connector, 'mapSdkError'>;
  readonly attempts: Attempts;
  readonly observer: Observer;
  /** The call that `transport` works for. */
  readonly operation: AsyncLocalStorage<string>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly now: () => Date;
}

/** `Runtime.call`: every failure of the provider is a ConnectorError; a fault in a program stays what it is, scrubbed. */
export function createCall(options: CallOptions): Runtime['call'] {
  const { connector, attempts, observer, operation, signal, timeoutMs, now } = options;
  return (name, request) => {
    const late = () => new ConnectorError('timeout', `${name} was not answered within ${timeoutMs} ms.`);
    const send = async () => {
      try {
        const running = (deadline: AbortSignal) => operation.run(name, () => request(deadline));
        return await withDeadline({ signals: [signal], timeoutMs, late }, running);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const mapped =
          connectorErrorIn(error) ?? connector.mapSdkError?.(error, now()) ?? errorOfSdk(name, error, now());
        if (mapped !== undefined) throw mapped;
        // a fault of ours or the SDK's: its place in the code is worth knowing, the request it may carry is not
        throw Object.assign(plainError(error), { stack: types.isNativeError(error) ? stackOf(error) : undefined });
      }
    };
    return observer.call(name, () => attempts({ operation: name, idempotent: true, signal }, send));
  };
}

/** The frames of a stack; the message above them is scrubbed elsewhere. */
function stackOf(error: Error): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [`${error.name}: ${plainError(error).message}`, ...frames].join('\n');
}
