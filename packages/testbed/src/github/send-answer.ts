import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';
import type { Answer } from './routing.ts';

interface Sending {
  readonly answer: Answer;
  readonly fault: Fault | undefined;
  /** The address that was asked for, absolute. */
  readonly self: string;
  readonly delayMs: number;
}

/** Sends the true answer, bent by a fault. Resolves to the status that went out; 0 when the connection broke instead. */
export async function sendAnswer(response: ServerResponse, sending: Sending): Promise<number> {
  const { fault } = sending;
  const delayMs = sending.delayMs + (fault?.kind === 'delay' ? fault.delayMs : 0);
  if (delayMs > 0) await sleep(delayMs);
  if (fault?.kind === 'hold') await fault.hold();
  if (fault?.kind === 'reset') {
    response.socket?.resetAndDestroy();
    return 0;
  }
  const { status, headers, body } = bend(sending);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-github-media-type': 'github.v3; format=json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  if (fault?.kind === 'truncate') {
    response.write(text.slice(0, Math.floor(text.length / 2)), () => response.socket?.destroy());
    return 0;
  }
  response.end(text);
  return status;
}

function bend({ answer, fault, self }: Sending): Answer {
  switch (fault?.kind) {
    case 'status':
      return {
        status: fault.status,
        headers: { ...answer.headers, ...fault.headers },
        body: fault.body ?? { message: `Planned fault ${fault.status}` },
      };
    case 'headers':
      return { ...answer, headers: { ...answer.headers, ...fault.headers } };
    case 'body':
      return { ...answer, body: fault.body };
    case 'without':
      return { ...answer, body: without(answer.body, fault.number) };
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html><body>Please sign in</body></html>',
      };
    case 'loop':
      return { ...answer, headers: { ...answer.headers, link: `<${self}>; rel="next"` } };
    case 'foreign-next':
      return { ...answer, headers: { ...answer.headers, link: `<${fault.url}>; rel="next"` } };
    default:
      return answer;
  }
}

function without(list: unknown, number: number): unknown {
  if (!Array.isArray(list)) return list;
  return list.filter((item: { number?: unknown }) => item.number !== number);
}
