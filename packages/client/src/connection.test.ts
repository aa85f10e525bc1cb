import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createFleetClient, FleetError } from './index.ts';

/** What the other side answers, request by request. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function serve(answers: Answer[]): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  server = createServer((request, response) => {
    asked.push(request);
    (answers[asked.length - 1] ?? ((_, last) => last.writeHead(500).end()))(request, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, asked };
}

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const problem = { code: 'unavailable', title: 'Away.', detail: 'Try again.' };
const event = (id: string, name: string, state: string) =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify({ state, error: null })}\n\n`;
const token = 'evf_x';

describe('a client', () => {
  it('repeats a request that met an outage with the same key, as late as it is told', async () => {
    const { url, asked } = await serve([
      (request) => request.socket.destroy(),
      json(503, problem, { 'retry-after': '0' }),
      json(429, problem, { 'retry-after': '0' }),
      json(202, { runId: 'r', how: 'created', run: null }),
    ]);
    expect(await createFleetClient({ url, token }).syncNow('i')).toMatchObject({ runId: 'r' });
    const keys = asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(asked[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it('gives up after its retries, and at once where repeating helps nothing', async () => {
    const outage = await serve(Array(3).fill(json(503, problem, { 'retry-after': '0' })));
    const patient = createFleetClient({ url: outage.url, token, retries: 2 });
    await expect(patient.verdicts()).rejects.toMatchObject({ name: 'FleetError', code: 'unavailable', status: 503 });
    expect(outage.asked).toHaveLength(3);
    server?.close();
    const refusal = await serve([json(403, { ...problem, code: 'forbidden' }, { 'x-request-id': 'q1' })]);
    const refused = createFleetClient({ url: refusal.url, token }).verdicts();
    await expect(refused).rejects.toMatchObject({ code: 'forbidden', requestId: 'q1', message: 'Away. Try again.' });
    expect(refusal.asked).toHaveLength(1);
  });

  it('goes on behind the last event that it heard when the connection breaks', async () => {
    const begin = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });
    const { url, asked } = await serve([
      (_, response) => {
        begin(response).write(
          `retry: 1\n\n${event('1', 'progress', 'queued')}${event('2', 'progress', 'run')}id: 3\nda`,
        );
        setImmediate(() => response.socket?.destroy());
      },
      (_, response) => begin(response).end(': nothing new\n\n'),
      (_, response) => begin(response).end(event('4', 'end', 'succeeded')),
    ]);
    const seen: string[] = [];
    const end = await createFleetClient({ url, token }).waitForRun('r', {
      onProgress: ({ state }) => seen.push(state),
    });
    expect(end.state).toBe('succeeded');
    expect(seen).toEqual(['queued', 'run', 'succeeded']);
    expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '2', '2']);
  });

  it('says so of an export that breaks off', async () => {
    const { url } = await serve([
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/jsonl' }).write('{"id":"a"}\n{"id"');
        setImmediate(() => response.socket?.destroy());
      },
    ]);
    await expect(Array.fromAsync(createFleetClient({ url, token }).exportEvidence())).rejects.toThrow();
  });

  it('is ended by a signal, also while it pauses', async () => {
    const { url } = await serve([json(503, problem, { 'retry-after': '20' })]);
    const reason = new Error('enough');
    const stop = new AbortController();
    const asked = createFleetClient({ url, token }).getRun('r', { signal: stop.signal });
    setTimeout(() => stop.abort(reason), 20);
    await expect(asked).rejects.toBe(reason);
  });

  it('tells what stands in between from the fleet', async () => {
    const { url } = await serve([(_, response) => response.writeHead(404).end('<html>')]);
    const asked = createFleetClient({ url, token }).getRun('r');
    await expect(asked).rejects.toBeInstanceOf(FleetError);
    await expect(asked).rejects.toMatchObject({ code: 'unreadable', status: 404 });
  });
});
