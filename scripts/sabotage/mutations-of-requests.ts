import { jest, type Mutation } from './mutation.ts';

const requestSync = 'packages/db/src/runs/request-sync.ts';
const authenticate = 'apps/api/src/authenticate.ts';
const syncsTest = 'apps/api/src/syncs.integration.test.ts';
const accessTest = 'apps/api/src/access.integration.test.ts';

/** What other services rely on, broken: which run answers a request, and who may ask. */
export const mutationsOfRequests: readonly Mutation[] = [
  {
    name: 'answers a request by a run that began before it',
    edits: [{ file: requestSync, find: "return run.state === 'queued'", replace: "return run.state !== 'waiting'" }],
    proof: jest(syncsTest, 'joins a run that has not begun'),
    because: /● .*joins a run that has not begun, and follows one that has/,
  },
  {
    name: 'answers an idempotency key twice',
    edits: [
      { file: requestSync, find: 'if (answered !== null) return {', replace: "if (answered?.runId === '') return {" },
    ],
    proof: jest(syncsTest, 'asked for again with the same key'),
    because: /● .*asked for again with the same key is the same/,
  },
  {
    name: 'takes a token that was revoked',
    edits: [
      { file: authenticate, find: "if (bearer.standing !== 'valid')", replace: "if (bearer.standing === 'expired')" },
    ],
    proof: jest(accessTest, 'is nobody without a token that counts'),
    because: /● .*is nobody without a token that counts/,
  },
  {
    name: 'takes a token for what it lacks the scope of',
    edits: [
      {
        file: authenticate,
        find: 'if (!bearer.scopes.includes(scope)) throw',
        replace: 'if (scope === undefined) throw',
      },
    ],
    proof: jest(accessTest, 'is held to the scopes of its token'),
    because: /● .*is held to the scopes of its token/,
  },
];
