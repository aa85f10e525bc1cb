import { once } from 'node:events';
import { connect } from 'node:net';

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Milliseconds without an answer, or with one that does not end. */
const patienceMs = 10_000;
/** Of a stream that goes on for minutes; milliseconds. */
const listenMs = 300;

/**
 * Sends these bytes over a connection of their own, and reads what comes until the other side ends it: nothing between the test and the server
 * puts right what is broken on purpose.
 * @returns null where nothing came that is an answer
 */
export async function sendBytes(port: number, bytes: Buffer): Promise<Answer | null> {
  const socket = connect(port, '127.0.0.1');
  const pieces: Buffer[] = [];
  let deadline = setTimeout(() => socket.destroy(), patienceMs);
  socket.on('error', () => {}); // closed while something was still being sent: what came until then counts
  socket.on('data', (piece: Buffer) => {
    if (pieces.length === 0 && piece.includes('text/event-stream')) {
      clearTimeout(deadline);
      deadline = setTimeout(() => socket.destroy(), listenMs);
    }
    pieces.push(piece);
  });
  socket.write(bytes);
  await once(socket, 'close').finally(() => clearTimeout(deadline));
  return readAnswer(Buffer.concat(pieces).toString('latin1'));
}

/** @param text in which a character is a byte */
function readAnswer(text: string): Answer | null {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end === -1 ? 0 : end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  if (!(status >= 100)) return null;
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const sent = text.slice(end + 4);
  const length = headers['content-length'];
  const whole = length === undefined ? sent : sent.slice(0, Number(length)); // behind it may stand another answer
  const body = headers['transfer-encoding'] === 'chunked' ? dechunk(sent) : whole;
  return { status, headers, body: Buffer.from(body, 'latin1').toString() };
}

function dechunk(sent: string): string {
  const pieces: string[] = [];
  for (let at = 0; ; ) {
    const lineEnd = sent.indexOf('\r\n', at);
    const length = lineEnd === -1 ? 0 : Number.parseInt(sent.slice(at, lineEnd), 16);
    if (!(length > 0)) return pieces.join('');
    pieces.push(sent.slice(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}
