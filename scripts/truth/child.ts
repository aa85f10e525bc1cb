// A process of the fault matrix: runs the cases that its parent sends, and sends back what came of them.
import type { Stores } from './bench.ts';
import type { Case } from './cases.ts';
import type { CaseResult } from './run-case.ts';
import { openSlots, type Slots } from './slots.ts';
import type { World } from './world.ts';

/** What the parent says. */
export type ToChild =
  | { readonly kind: 'open'; readonly stores: Stores; readonly worlds: readonly World[] }
  | { readonly kind: 'run'; readonly slot: number; readonly case: Case }
  | { readonly kind: 'close' };

/** What the child says. */
export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly slot: number; readonly result: CaseResult & { readonly rssBytes: number } };

let slots: Slots | undefined;

async function hear(message: ToChild): Promise<void> {
  if (message.kind === 'open') {
    slots = await openSlots(message.stores, message.worlds);
    return say({ kind: 'ready' });
  }
  if (message.kind === 'close') {
    await slots?.close();
    process.disconnect();
    return;
  }
  if (slots === undefined) throw new Error('a child is opened before it runs');
  say({ kind: 'done', slot: message.slot, result: await slots.run(message.slot, message.case) });
}

function say(message: FromChild): void {
  process.send?.(message);
}

// The parent is the only one with a channel to this process, and both speak these two types.
process.on('message', (message) => {
  hear(message as ToChild).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
