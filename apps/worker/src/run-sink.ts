import { createHash } from 'node:crypto';
import type { Checked, Connector } from '@evidence-fleet/connector-sdk';
import { type Claim, createLedger, type Database, type Ledger, StaleFenceError } from '@evidence-fleet/db';
import { canonicalJson, FenceLostError, type Sink } from '@evidence-fleet/engine';

/**
 * The ledger as the engine's sink. What a run is able to see is known only after its check, and so is the ledger: `begin` comes first.
 */
export function createRunSink(
  database: Database,
  run: Claim & { readonly integrationId: string },
): { readonly sink: Sink; begin(visibility: Uint8Array): void } {
  let ledger: Ledger | undefined;
  async function fenced<T>(write: (ledger: Ledger) => Promise<T>): Promise<T> {
    if (ledger === undefined) throw new Error('the ledger is opened after the check');
    try {
      return await write(ledger);
    } catch (error) {
      throw error instanceof StaleFenceError ? new FenceLostError(error.message, { cause: error }) : error;
    }
  }
  return {
    begin(visibility) {
      ledger = createLedger(database, { ...run, visibility });
    },
    sink: {
      open: (stream) => fenced((to) => to.open(stream)),
      commit: (id, batch) => fenced((to) => to.commit(id, batch)),
      absence: (id) => fenced((to) => to.absence(id)),
      close: (id, close) => fenced((to) => to.close(id, close)),
      closeSlices: (type, slices) => fenced((to) => to.closeSlices(type, slices)),
    },
  };
}

/** What a run is able to see: SHA-256 of account and grants, then SHA-256 of the settings that decide the scope. 64 bytes. */
export function visibilityOf(connector: Connector, settings: Record<string, unknown>, checked: Checked): Uint8Array {
  const scope = connector.scopeSettings.map((field) => [field, settings[field] ?? null]);
  return Buffer.concat([digest({ account: checked.account.id, grants: checked.grants.toSorted() }), digest(scope)]);
}

function digest(value: unknown): Buffer {
  return createHash('sha256')
    .update(canonicalJson(JSON.parse(JSON.stringify(value))))
    .digest();
}
