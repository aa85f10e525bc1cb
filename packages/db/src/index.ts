export { bootstrapRoles, type RolePasswords } from './bootstrap.ts';
export { createDatabase, type Database, type DatabaseOptions, type Transaction } from './database.ts';
export { createLedger, type Ledger, type LedgerOptions } from './ledger/create-ledger.ts';
export { migrate } from './migrate.ts';
export { type EndState, statesBefore, transitions, unfinishedStates } from './run-states.ts';
export { uuid } from './uuid.ts';
