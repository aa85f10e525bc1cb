import { ConnectorError } from '@evidence-fleet/connector-sdk';
import type { HttpRequest } from '@smithy/protocol-http';

/**
 * Refuses an answer with a success status that is no whole document, or not the one that answers this request. The SDK itself takes an
 * empty, truncated or foreign document for one without members, which would read as "no users" or "never versioned".
 * Throws ConnectorError `malformed`.
 */
export function requireAnswer(request: Pick<HttpRequest, 'method' | 'path' | 'query' | 'body'>, text: string): void {
  const body = text.trim();
  if (body.startsWith('{') && body.endsWith('}')) return;
  const root = /^(?:<\?xml[^>]*\?>\s*)?<([A-Za-z][\w:.-]*)[^>]*>/.exec(body);
  const name = root?.[1];
  const isWhole = name !== undefined && (body.endsWith(`</${name}>`) || root?.[0].endsWith('/>'));
  if (!isWhole || name.toLowerCase() === 'html') {
    throw new ConnectorError('malformed', 'AWS answered with an empty, truncated or foreign document.');
  }
  const expected = rootOf(request);
  if (expected !== undefined && name !== expected) {
    throw new ConnectorError('malformed', `AWS answered with another document than a ${expected}.`);
  }
}

/** The outermost element of the answer; undefined where it is not known. */
function rootOf({ method, path, query, body }: Parameters<typeof requireAnswer>[0]): string | undefined {
  // Services that take a form answer in an element named after the action: IAM, STS, EC2.
  const action = typeof body === 'string' ? /(?:^|&)Action=(\w+)/.exec(body)?.[1] : undefined;
  if (action !== undefined) return `${action}Response`;
  if (method !== 'GET') return undefined;
  if (path.endsWith('/configuration/publicAccessBlock')) return roots.publicAccessBlock;
  const subresource = Object.keys(roots).find((name) => query?.[name] !== undefined);
  if (subresource !== undefined) return roots[subresource];
  return path === '/' ? 'ListAllMyBucketsResult' : undefined;
}

/** S3 names the element after what it describes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html */
const roots: Readonly<Record<string, string>> = {
  location: 'LocationConstraint',
  encryption: 'ServerSideEncryptionConfiguration',
  versioning: 'VersioningConfiguration',
  logging: 'BucketLoggingStatus',
  policyStatus: 'PolicyStatus',
  publicAccessBlock: 'PublicAccessBlockConfiguration',
};
