import type { AwsOperation } from './operation.ts';

/** An answer as the front gives it. */
export interface AwsAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface FaultSite {
  /** Only in this account. */
  readonly accountId?: string;
  /** Only in this region. */
  readonly region?: string;
  /** Only for this user (by name), bucket or trail. */
  readonly resource?: string;
  /** How often; without it until it is lifted. */
  readonly times?: number;
}

type AnyAnswer = Partial<AwsAnswer>;

/** What goes wrong, by operation: `iam:ListUsers`, or a prefix such as `s3:`. Each returns a function that lifts it. */
export interface AwsFaults {
  /** Refused, in the words of the service. */
  deny(operation: string, site?: FaultSite): () => void;
  /** Too many requests, in the words of the service. */
  throttle(operation: string, site?: FaultSite & { readonly retryAfterSeconds?: number }): () => void;
  /** Any error of AWS's by its code. */
  fail(
    operation: string,
    error: { readonly status: number; readonly code: string; readonly message?: string },
    site?: FaultSite,
  ): () => void;
  /** Any answer at all, instead of the true one; as a function it is made for each call. */
  answer(operation: string, answer: AnyAnswer | ((accessKeyId: string) => AnyAnswer), site?: FaultSite): () => void;
  /** The connection breaks after half of the true answer's body; its length is not announced, as when a proxy gives up. */
  truncate(operation: string, site?: FaultSite): () => void;
  /** Left out of ListUsers (user names) or ListBuckets (bucket names), though it is there. */
  hide(...names: string[]): () => void;
  /** Lifts everything. */
  clear(): void;
}

interface ActiveFault {
  readonly operation: string;
  readonly site: FaultSite;
  readonly answer: ((operation: AwsOperation) => AwsAnswer) | 'truncate';
  left: number;
}

export interface FaultBoard extends AwsFaults {
  /** The fault that a call runs into, if any; counts it. */
  strike(operation: AwsOperation, accountId: string): ActiveFault['answer'] | undefined;
  isHidden(name: string): boolean;
}

export function faultBoard(): FaultBoard {
  const active = new Set<ActiveFault>();
  const hidden = new Set<string>();

  function add(operation: string, site: FaultSite, answer: ActiveFault['answer']): () => void {
    const fault: ActiveFault = { operation, site, answer, left: site.times ?? Number.POSITIVE_INFINITY };
    active.add(fault);
    return () => void active.delete(fault);
  }

  return {
    deny: (operation, site = {}) =>
      add(operation, site, (call) =>
        errorAnswer(call, 403, denied[call.protocol], `User is not authorized to perform: ${call.name}`),
      ),
    throttle: (operation, { retryAfterSeconds, ...site } = {}) =>
      add(operation, site, (call) => {
        const { status, headers, body } = errorAnswer(
          call,
          call.protocol === 's3' ? 503 : 400,
          throttled[call.protocol],
          'Rate exceeded',
        );
        return {
          status,
          body,
          headers: { ...headers, ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }) },
        };
      }),
    fail: (operation, { status, code, message }, site = {}) =>
      add(operation, site, (call) => errorAnswer(call, status, code, message ?? code)),
    answer: (operation, answer, site = {}) =>
      add(operation, site, ({ accessKeyId }) => {
        const given = typeof answer === 'function' ? answer(accessKeyId) : answer;
        return { status: 200, headers: {}, body: '', ...given };
      }),
    truncate: (operation, site = {}) => add(operation, site, 'truncate'),
    hide(...names) {
      for (const name of names) hidden.add(name);
      return () => {
        for (const name of names) hidden.delete(name);
      };
    },
    clear() {
      active.clear();
      hidden.clear();
    },
    isHidden: (name) => hidden.has(name),
    strike(call, accountId) {
      for (const fault of active) {
        const { site } = fault;
        if (!call.name.startsWith(fault.operation)) continue;
        if (site.accountId !== undefined && site.accountId !== accountId) continue;
        if (site.region !== undefined && site.region !== call.region) continue;
        if (site.resource !== undefined && site.resource !== call.resource) continue;
        fault.left -= 1;
        if (fault.left <= 0) active.delete(fault);
        return fault.answer;
      }
      return undefined;
    },
  };
}

const denied = {
  query: 'AccessDenied',
  ec2: 'UnauthorizedOperation',
  s3: 'AccessDenied',
  json: 'AccessDeniedException',
};
const throttled = { query: 'Throttling', ec2: 'RequestLimitExceeded', s3: 'SlowDown', json: 'ThrottlingException' };

/** An error in the protocol of the service that was asked. */
export function errorAnswer(
  { protocol }: Pick<AwsOperation, 'protocol'>,
  status: number,
  code: string,
  message: string,
): AwsAnswer {
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  const bodies = {
    query: `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>front</RequestId></ErrorResponse>`,
    ec2: `<Response><Errors><Error>${error}</Error></Errors><RequestID>front</RequestID></Response>`,
    s3: `<?xml version="1.0" encoding="UTF-8"?><Error>${error}<RequestId>front</RequestId></Error>`,
    json: JSON.stringify({ __type: code, message }),
  };
  const type = protocol === 'json' ? 'application/x-amz-json-1.1' : 'text/xml';
  return { status, headers: { 'content-type': type }, body: bodies[protocol] };
}
