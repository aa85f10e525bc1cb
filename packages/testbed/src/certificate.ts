import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Paths of PEM files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate for this machine's loopback address, signed by itself, for two days. Needs openssl on PATH. */
export async function makeCertificate(directory: string): Promise<Certificate> {
  const [certificate, key] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')];
  // biome-ignore format: one flag and its value a line
  await run('openssl', [
    'req', '-x509', '-nodes', '-days', '2',
    '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
    '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost',
    '-keyout', key,
    '-out', certificate,
  ]);
  return { certificate, key };
}
