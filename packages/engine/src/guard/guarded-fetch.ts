import { type Connector, ConnectorError } from '@evidence-fleet/connector-sdk';
import type { Observer } from '../observer.ts';
import { errorOfStatus } from './answer-error.ts';
import type { Attempts } from './attempts.ts';
import type { DestinationCheck } from './destinations.ts';
import { type Answer, type Exchange, toResponse } from './exchange.ts';
import type { CallMeter } from './meter.ts';
import { operationOf } from './operation.ts';
import { type Outgoing, readOutgoing } from './outgoing.ts';
import { errorInOurTime, providerNow } from './provider-clock.ts';
import type { QuotaGate } from './quota-gate.ts';
import { followRedirects } from './redirects.ts';

export interface GuardedFetchOptions {
  readonly connector: Pick<Connector, 'mapError' | 'operation'>;
  readonly exchange: Exchange;
  readonly checkDestination: DestinationCheck;
  readonly attempts: Attempts;
  readonly gate: QuotaGate;
  readonly meter: CallMeter;
  readonly observer: Observer;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** What a connector's `mapError` may look at, bytes. */
const failedBodyBytes = 64 * 1024;

/** `Runtime.fetch`: complete answers below 400, everything else as a ConnectorError. */
export function createGuardedFetch(options: GuardedFetchOptions): typeof fetch {
  const { connector, exchange, gate, meter, observer, now } = options;
  return async (input, init) => {
    const outgoing = await readOutgoing(input, init);
    const { method, url, idempotent } = outgoing;
    options.checkDestination(url); // before it costs any quota
    const named = connector.operation?.(method, url);
    const operation = named ?? operationOf(method, url);
    const signal = outgoing.signal ? AbortSignal.any([options.signal, outgoing.signal]) : options.signal;
    const send = async () => {
      const received = await followRedirects(outgoing, exchange);
      meter.add(operation, { responseBytes: received.body.length });
      await gate.observe(operation, received.headers);
      refuseFailure(received, operation, connector, now());
      refuseWebPage(received, outgoing);
      return received;
    };
    const call = () => options.attempts({ operation, idempotent, signal }, send);
    return toResponse(await observer.call(named ?? method, call));
  };
}

function refuseFailure(
  answer: Answer,
  operation: string,
  connector: GuardedFetchOptions['connector'],
  now: Date,
): void {
  const { status, headers, url } = answer;
  if (status < 400) return;
  const body = answer.body.subarray(0, failedBodyBytes).toString('utf8');
  const theirNow = providerNow(headers, now);
  const mapped = connector.mapError?.({ status, headers, body, url }, theirNow);
  throw errorInOurTime(mapped ?? errorOfStatus(operation, status, headers, theirNow), theirNow, now);
}

/** A login or maintenance page with a 200 is no empty list. */
function refuseWebPage({ status, headers, url }: Answer, outgoing: Outgoing): void {
  if (status !== 200 || !headers.get('content-type')?.toLowerCase().startsWith('text/html')) return;
  if (!outgoing.headers.get('accept')?.includes('json')) return;
  throw new ConnectorError('malformed', `${url.host} answered with a web page where JSON was asked for.`);
}
