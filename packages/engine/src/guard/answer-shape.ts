import { ConnectorError } from '@evidence-fleet/connector-sdk';

/** No provider's page comes near either. */
export const deepestAnswer = 200;
export const mostValues = 500_000;

/**
 * Refuses an answer that would cost its parser far more than its bytes: nested deeper than 200 levels, or of more than 500,000 values. One pass
 * over the bytes before anybody parses them, with nothing allocated a value. JSON and XML are told apart by how they begin; everything
 * else is text that nobody builds a tree of.
 * @throws ConnectorError `malformed`
 */
export function refuseMonster(body: Uint8Array, host: string): void {
  const start = firstByte(body);
  const first = body[start];
  const shape =
    first === openBrace || first === openBracket
      ? measureJson(body, start)
      : first === lessThan
        ? measureXml(body, start)
        : null;
  if (shape === null || (shape.depth <= deepestAnswer && shape.values <= mostValues)) return;
  const what =
    shape.depth > deepestAnswer ? `nested deeper than ${deepestAnswer} levels` : `of more than ${mostValues} values`;
  throw new ConnectorError('malformed', `${host} answered with something ${what}; such an answer is not read.`);
}

interface Shape {
  readonly depth: number;
  readonly values: number;
}

const quote = 0x22;
const apostrophe = 0x27;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const lessThan = 0x3c;
const greaterThan = 0x3e;
const slash = 0x2f;
const questionMark = 0x3f;
const exclamationMark = 0x21;

/** The first byte that is neither white space nor a byte order mark. */
function firstByte(body: Uint8Array): number {
  let at = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  while (at < body.length && (body[at] ?? 0) <= 0x20) at += 1;
  return at;
}

/** Values are counted by the commas and openings that stand before them. Ends early once either limit is passed. */
function measureJson(body: Uint8Array, start: number): Shape {
  const { length } = body;
  let depth = 0;
  let deepest = 0;
  let values = 1;
  for (let at = start; at < length; at += 1) {
    const byte = body[at] as number; // at < length
    if (byte === quote) {
      // Inline, because most of an answer is short strings: a call for each costs more than the bytes in it.
      for (at += 1; at < length && body[at] !== quote; at += 1) if (body[at] === backslash) at += 1;
    } else if (byte === comma) values += 1;
    else if (byte >= openBracket) {
      if (byte === openBrace || byte === openBracket) {
        depth += 1;
        values += 1;
        if (depth > deepest) {
          deepest = depth;
          if (deepest > deepestAnswer) break;
        }
      } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
    }
  }
  return { depth: deepest, values };
}

/** Elements are counted by their start tags; quoted attribute values, comments and CDATA hold none. */
function measureXml(body: Uint8Array, start: number): Shape {
  let depth = 0;
  let deepest = 0;
  let values = 0;
  for (let at = body.indexOf(lessThan, start); at !== -1; at = body.indexOf(lessThan, at)) {
    const next = body[at + 1];
    if (next === exclamationMark || next === questionMark) {
      at = endOfDeclaration(body, at);
      continue;
    }
    const end = endOfTag(body, at);
    if (next === slash) depth -= 1;
    else {
      values += 1;
      deepest = Math.max(deepest, depth + 1);
      if (body[end - 1] !== slash) depth += 1;
    }
    if (deepest > deepestAnswer || values > mostValues) break;
    at = end;
  }
  return { depth: deepest, values };
}

function endOfTag(body: Uint8Array, start: number): number {
  for (let at = start + 1; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === greaterThan) return at;
    if (byte === quote || byte === apostrophe) {
      const end = body.indexOf(byte, at + 1);
      if (end === -1) break;
      at = end;
    }
  }
  return body.length;
}

/** Comments end with `-->`, CDATA with `]]>`, everything else with `>`. */
function endOfDeclaration(body: Uint8Array, start: number): number {
  const opening = Buffer.from(body.buffer, body.byteOffset + start, Math.min(9, body.length - start)).toString(
    'latin1',
  );
  const ending = opening.startsWith('<!--') ? '-->' : opening.startsWith('<![CDATA[') ? ']]>' : '>';
  const end = Buffer.from(body.buffer, body.byteOffset, body.byteLength).indexOf(ending, start + 2, 'latin1');
  return end === -1 ? body.length : end + ending.length;
}
