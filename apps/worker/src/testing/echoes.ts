import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Aws, PlannedFault } from '@evidence-fleet/testbed';

const always = (match: RegExp) => ({ match, times: Number.POSITIVE_INFINITY });

/** What GitHub and whatever stands before it may do with a token that it was given, by name. */
export const echoes: Record<string, (token: string, foreignUrl: string) => PlannedFault[]> = {
  revoked: (token) => [{ kind: 'status', status: 401, body: { message: `Bad credentials: ${token}` }, ...always(/./) }],
  broken: (token) => [
    { kind: 'status', status: 500, body: `you sent\nauthorization: token ${token}\n`, ...always(/./) },
  ],
  refusing: (token) => [
    {
      kind: 'status',
      status: 403,
      body: { message: `${token} may not` },
      headers: { 'x-accepted-oauth-scopes': token },
      ...always(/protection/),
    },
  ],
  redirecting: (token, foreignUrl) => [
    {
      kind: 'status',
      status: 302,
      headers: { location: `${foreignUrl}/?token=${encodeURIComponent(token)}` },
      ...always(/\/repos\?/),
    },
    { kind: 'foreign-next', url: `${foreignUrl}/?token=${encodeURIComponent(token)}`, ...always(/members/) },
  ],
  malformed: (token) => [
    { kind: 'body', body: { [token]: token }, ...always(/\/repos\?/) },
    { kind: 'body', body: [{ id: token, login: { token } }], ...always(/members/) },
    { kind: 'body', body: token, ...always(/alerts/) },
  ],
  cut: () => [
    { kind: 'truncate', ...always(/alerts/) },
    { kind: 'html', ...always(/members/) },
  ],
  throttling: (token) => [
    {
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '1', 'x-echo': token },
      body: token,
      ...always(/alerts/),
    },
  ],
};

/** From now on AWS answers some calls with errors that quote the keys by which it was called. */
export function echoKeys({ faults, minted, roleKeys }: Aws): void {
  const error = (accessKeyId: string) => {
    const session = minted.find((one) => one.accessKeyId === accessKeyId);
    const message = `${roleKeys.secretAccessKey} ${session?.secretAccessKey} ${session?.sessionToken}`;
    return `<Error><Code>${session?.secretAccessKey}</Code><Message>${message}</Message></Error>`;
  };
  faults.answer('iam:GetAccountPasswordPolicy', (id) => ({
    status: 500,
    body: `<ErrorResponse>${error(id)}</ErrorResponse>`,
  }));
  faults.answer('s3:ListBuckets', (id) => ({ status: 403, body: error(id) }));
  faults.answer('ec2:DescribeVpcs', (id) => ({ body: `<html>${error(id)}` }));
}

/** Another host, to which no credential may be sent, though the network would let it pass. */
export interface ForeignHost {
  readonly url: string;
  readonly calls: number;
  close(): void;
}

export async function startForeignHost(): Promise<ForeignHost> {
  let calls = 0;
  const server = createServer((_, response) => {
    calls += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has no other kind of address
  return {
    url: `http://127.0.0.1:${port}`,
    get calls() {
      return calls;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
