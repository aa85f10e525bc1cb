import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createTestOrganization, startDatabase, type TestDatabase, until } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { claimRun, createDatabase, createLedger, type Database, requestSync } from '../index.ts';

let urls: TestDatabase;
let database: Database;
beforeAll(async () => {
  urls = await startDatabase();
  database = createDatabase({ url: urls.app });
});
afterAll(async () => {
  await database.close();
  await urls.close();
});

/** A way to Postgres on which a client stops in the middle of a message: after so many bytes nothing more of its own arrives. */
async function startStoppingLine(port: number) {
  const sockets = new Set<Socket>();
  let left = Number.POSITIVE_INFINITY;
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.on('error', () => socket.destroy()));
    far.pipe(near);
    near.on('data', (bytes) => {
      far.write(bytes.subarray(0, Math.max(0, left)));
      left -= bytes.length;
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, // a TCP server that listens has no other kind of address
    stopAfter(bytes: number) {
      left = bytes;
    },
    hasStopped: () => left <= 0,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

it('a worker that stops while it sends a batch holds no lock on its run', async () => {
  const { organizationId, integrationId } = await createTestOrganization(database);
  const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
  const run = await claimRun(database, { organizationId, runId, worker: 'test' });
  if (run === null) throw new Error('the run could not be claimed');
  const line = await startStoppingLine(urls.postgres.port);
  const url = new URL(urls.app);
  url.port = String(line.port);
  const far = createDatabase({ url: url.href, poolSize: 1, patienceMs: 2_000 });
  const superuser = new pg.Client({ connectionString: urls.superuser });
  await superuser.connect();
  try {
    const ledger = createLedger(far, { ...run, visibility: Buffer.alloc(64, 1) });
    const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: '' });
    line.stopAfter(200_000);
    const commit = ledger.commit(id, {
      rows: rows(1_000),
      gaps: [],
      checkpoint: null,
      watermark: null,
      expected: null,
      calls: [],
    });
    commit.catch(() => {});
    await until('half of the batch has arrived', line.hasStopped);
    await superuser.query('SELECT FROM sync_run WHERE id = $1 FOR UPDATE NOWAIT', [runId]); // throws where it is locked
    await expect(commit).rejects.toThrow();
    expect((await superuser.query('SELECT FROM evidence')).rowCount).toBe(0);
  } finally {
    await superuser.end();
    await line.close();
    await far.close();
  }
}, 30_000);

function rows(count: number) {
  const sha = (text: string) => createHash('sha256').update(text).digest();
  return Array.from({ length: count }, (_, index) => {
    const material = JSON.stringify({ id: index, text: 'x'.repeat(1_000) });
    return { key: [index], keySha: sha(`[${index}]`), hash: sha(material), material, observed: '{}' };
  });
}
