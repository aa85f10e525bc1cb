import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ConnectorError } from '@evidence-fleet/connector-sdk';

const decoders: { readonly [encoding: string]: () => NodeJS.ReadWriteStream & Readable } = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * Reads a whole body. The limit counts decoded bytes, so that a small archive of a huge text stops as early as the text would.
 * Throws `malformed` past the limit or for an unknown encoding, and whatever the stream throws when it breaks off.
 * @param options.most bytes
 */
export async function readBody(
  source: Readable,
  options: { encoding: string; length: string | undefined; most: number; host: string },
): Promise<Buffer<ArrayBuffer>> {
  source.on('error', () => {}); // reported by the loop below; destroying the stream early must not count as unhandled
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    if (Number(options.length ?? 0) > options.most) throw tooLarge(options);
    for await (const chunk of decoded(source, options)) {
      size += chunk.length;
      if (size > options.most) throw tooLarge(options);
      chunks.push(chunk);
    }
  } finally {
    source.destroy();
  }
  return Buffer.concat(chunks, size);
}

function decoded(
  source: Readable,
  { encoding, length, host }: { encoding: string; length: string | undefined; host: string },
): Readable {
  if (encoding === '' || encoding === 'identity' || length === '0') return source;
  const create = decoders[encoding];
  if (create === undefined) throw new ConnectorError('malformed', `${host} answered in an encoding nobody asked for.`);
  const decoder = create();
  return pipeline(source, decoder, () => {}); // an error of either end ends the decoder, where the loop sees it
}

function tooLarge({ host, most }: { host: string; most: number }): ConnectorError {
  return new ConnectorError(
    'malformed',
    `${host} answered with more than ${Math.round(most / 1024)} KB; such an answer is not read.`,
  );
}
