import type { AsyncLocalStorage } from 'node:async_hooks';
import { type Exchange, toResponse } from './exchange.ts';
import type { CallMeter } from './meter.ts';
import { operationOf } from './operation.ts';
import { readOutgoing } from './outgoing.ts';
import type { QuotaGate } from './quota-gate.ts';

interface TransportOptions {
  readonly exchange: Exchange;
  readonly gate: QuotaGate;
  readonly meter: CallMeter;
  readonly operation: AsyncLocalStorage<string>;
}

/** `Runtime.transport`: one exchange, whatever its status; its bytes count for the call it works for. */
export function createTransport({ exchange, gate, meter, operation }: TransportOptions): typeof fetch {
  return async (input, init) => {
    const outgoing = await readOutgoing(input, init);
    const caller = operation.getStore();
    const name = caller ?? operationOf(outgoing.method, outgoing.url);
    const answer = await exchange(outgoing);
    meter.add(name, { calls: caller === undefined ? 1 : 0, responseBytes: answer.body.length });
    await gate.observe(name, answer.headers);
    return toResponse(answer);
  };
}
