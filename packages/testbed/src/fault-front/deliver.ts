import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Delivery, FrontAnswer } from './adapter.ts';

/** Sends what is to go out on the wire. @param isHead the answer has no body */
export async function deliver(response: ServerResponse, delivery: Delivery, isHead: boolean): Promise<void> {
  switch (delivery.kind) {
    case 'answer':
      return send(response, delivery.answer, isHead);
    case 'silence':
      return; // the caller's deadline ends the connection
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'reset-in-body':
      begin(response, delivery.answer, true);
      response.write(half(delivery.answer), () => response.socket?.resetAndDestroy());
      return;
    case 'cut':
      return cut(response, delivery.answer, delivery.announced);
    case 'drip':
      return drip(response, delivery.answer);
    case 'flood':
      return flood(response, delivery.answer);
    case 'bomb':
      return bomb(response, delivery.answer);
  }
  return delivery satisfies never;
}

function send(response: ServerResponse, answer: FrontAnswer, isHead: boolean): void {
  response.writeHead(answer.status, isHead ? answer.headers : { ...answer.headers, 'content-length': length(answer) });
  response.end(isHead ? undefined : answer.body);
}

function begin(response: ServerResponse, answer: FrontAnswer, announced: boolean): void {
  response.writeHead(answer.status, { ...answer.headers, ...(announced && { 'content-length': length(answer) }) });
}

function length({ body }: FrontAnswer): string {
  return String(Buffer.byteLength(body));
}

function half({ body }: FrontAnswer): string {
  return body.slice(0, body.length >> 1);
}

/** Without a length the body ends where the connection does, and a half looks like a whole. */
function cut(response: ServerResponse, answer: FrontAnswer, announced: boolean): void {
  if (!announced) {
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
  }
  begin(response, answer, announced);
  response.write(half(answer), () => response.socket?.end());
}

async function drip(response: ServerResponse, answer: FrontAnswer): Promise<void> {
  begin(response, answer, false);
  for (const byte of Buffer.from(answer.body).toString('latin1')) {
    if (response.destroyed || response.closed) return;
    response.write(byte, 'latin1');
    await sleep(40);
  }
  response.end();
}

const chunk = Buffer.alloc(256 * 1024, ' ');
const floodBytes = 2 * 2 ** 30;

async function flood(response: ServerResponse, answer: FrontAnswer): Promise<void> {
  begin(response, answer, false);
  for (let sent = 0; sent < floodBytes && !response.destroyed; sent += chunk.length) {
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}

let packed: Buffer | undefined;

/** 16 archives of 64 MB one behind the other are one archive of 1 GB. */
function bomb(response: ServerResponse, answer: FrontAnswer): void {
  packed ??= gzipSync(Buffer.alloc(64 * 2 ** 20, ' '), { level: 9 });
  response.writeHead(answer.status, { ...answer.headers, 'content-encoding': 'gzip' });
  for (let part = 0; part < 16; part += 1) response.write(packed);
  response.end();
}
