import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';

/**
 * Prisma's own schema engine as WebAssembly, over our own connection: `prisma migrate` downloads a binary, which an offline or
 * locked-down host cannot (docs/decisions/0002-migrations-offline.md). The package expects a bundler to load its module, so that is done by hand.
 */
export async function createSchemaEngine(connectionString: string): Promise<SchemaEngine> {
  bindings ??= loadBindings();
  const { SchemaEngine } = await bindings;
  const adapter = bindMigrationAwareSqlAdapterFactory(new WholeScripts({ connectionString, allowExitOnIdle: true }));
  return SchemaEngine.new({ datamodels: undefined }, () => {}, adapter);
}

/**
 * The adapter splits a script at every semicolon, also in the body of a function, and runs its statements one by one. Sent as a whole, as the
 * native engine does, it is one transaction besides: a migration that fails leaves nothing behind.
 */
class WholeScripts extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    adapter.executeScript = async (script) => {
      await adapter
        .underlyingDriver()
        .query(script)
        // biome-ignore lint/complexity/useLiteralKeys: protected, and what the adapter's own method ends with
        .catch((error: unknown) => adapter['onError'](error));
    };
    return adapter;
  }
}

/** One instance a process: the module's memory views are global. */
let bindings: Promise<Bindings> | undefined;

async function loadBindings(): Promise<Bindings> {
  const require = createRequire(import.meta.url);
  const module: Bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const path = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(path), {
    './schema_engine_bg.js': Object.fromEntries(Object.entries(module).map(restless)) as WebAssembly.ModuleImports, // all functions
  });
  module.__wbg_set_wasm(instance.exports);
  (instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
  return module;
}

/** The engine's own timeouts must not keep a finished process alive. */
function restless([name, imported]: [string, unknown]): [string, unknown] {
  const unreferenced = (handler: () => void, ms: number) => setTimeout(handler, ms).unref();
  return [name, name.startsWith('__wbg_setTimeout_') ? unreferenced : imported];
}

/** The package's types leave out the two functions that its loader calls. */
type Bindings = typeof import('@prisma/schema-engine-wasm/schema_engine_bg') & {
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
};

/** Nothing in the database is managed elsewhere. */
export const noFilters = { externalTables: [], externalEnums: [] };
