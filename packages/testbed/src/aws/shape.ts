import type { AwsAnswer } from './faults.ts';
import type { AwsOperation } from './operation.ts';
import type { AwsAccount } from './world.ts';

/** What moves between two reads without anything having changed. */
export interface Volatile {
  /** Counts the churns; lists are shuffled by it and times of last use derive from it. */
  readonly churned: number;
  /** The most that one page of a list holds, whatever was asked for. */
  readonly pageSize: number;
  isHidden(name: string): boolean;
}

/** Makes moto's answer what AWS would have said: pages, defaults, the root user, enabled regions, volatile times. */
export function shapeAnswer(
  call: AwsOperation,
  account: AwsAccount | undefined,
  answer: AwsAnswer,
  state: Volatile,
): AwsAnswer {
  const body = call.name.startsWith('iam:') ? wholeSeconds(answer.body) : answer.body;
  const shaper = answer.status === 200 ? shapers[call.name] : undefined;
  if (shaper === undefined || account === undefined) return { ...answer, body };
  return { ...answer, body: shaper({ call, account, state, body }) };
}

interface Shaping {
  readonly call: AwsOperation;
  readonly account: AwsAccount;
  readonly state: Volatile;
  readonly body: string;
}

const shapers: Record<string, (shaping: Shaping) => string> = {
  'iam:ListUsers': (shaping) => {
    const { call, body } = shaping;
    const page = pageOf(shaping, 'Users', 'UserName', call.fields.get('Marker'), call.fields.get('MaxItems'));
    const items = page.items.map((item) => withLastUse(item, 'member', shaping));
    const marker = page.next === undefined ? '' : `<Marker>${page.next}</Marker>`;
    const end = `<IsTruncated>${page.next !== undefined}</IsTruncated>${marker}`;
    return replaceList(body, 'Users', items).replace(/<IsTruncated>.*<\/IsTruncated>/, end);
  },
  'iam:GetUser': (shaping) => withLastUse(shaping.body, 'User', shaping),
  's3:ListBuckets': (shaping) => {
    const { call, body } = shaping;
    const page = pageOf(
      shaping,
      'Buckets',
      'Name',
      call.fields.get('continuation-token'),
      call.fields.get('max-buckets'),
    );
    const token = page.next === undefined ? '' : `<ContinuationToken>${page.next}</ContinuationToken>`;
    return replaceList(body, 'Buckets', page.items).replace(
      '</ListAllMyBucketsResult>',
      `${token}</ListAllMyBucketsResult>`,
    );
  },
  's3:GetBucketVersioning': ({ body }) => body.replaceAll('GetBucketVersioningResponse', 'VersioningConfiguration'),
  'ec2:DescribeVpcs': (shaping) => {
    const { call, body } = shaping;
    const page = pageOf(shaping, 'vpcSet', 'vpcId', call.fields.get('NextToken'), call.fields.get('MaxResults'));
    const token = page.next === undefined ? '' : `<nextToken>${page.next}</nextToken>`;
    return replaceList(body, 'vpcSet', page.items).replace('<requestId>', `${token}<requestId>`);
  },
  'ec2:DescribeRegions': ({ call, account, body }) => {
    const isEnabled = (item: string) => account.regions.includes(element(item, 'regionName'));
    const items = listItems(body, 'regionInfo').map((item) => {
      const status = isEnabled(item) ? 'opt-in-not-required' : 'not-opted-in';
      return item.replace(/<optInStatus>[^<]*</, `<optInStatus>${status}<`);
    });
    return replaceList(body, 'regionInfo', call.fields.get('AllRegions') === 'true' ? items : items.filter(isEnabled));
  },
  'iam:GetAccountSummary': ({ account, body }) =>
    body
      .replace(/(<key>AccountMFAEnabled<\/key><value>)\d/, `$1${account.rootHasMfa ? 1 : 0}`)
      .replace('<SummaryMap>', '<SummaryMap><entry><key>AccountPasswordPresent</key><value>1</value></entry>'),
  'cloudtrail:GetTrail': ({ body }) => {
    const { Trail } = JSON.parse(body);
    return JSON.stringify({ Trail: { ...Trail, HomeRegion: String(Trail.TrailARN).split(':')[3] } });
  },
  'cloudtrail:GetTrailStatus': ({ state, body }) =>
    JSON.stringify({ ...JSON.parse(body), LatestDeliveryTime: lastUsed(state).getTime() / 1000 }),
  // AWS shows the selector that a trail without any of its own behaves by.
  'cloudtrail:GetEventSelectors': ({ body }) => {
    const answer = JSON.parse(body);
    const byDefault = { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [] };
    return JSON.stringify(answer.EventSelectors.length > 0 ? answer : { ...answer, EventSelectors: [byDefault] });
  },
};

function withLastUse(xml: string, tag: string, { account, state }: Shaping): string {
  const name = element(xml, 'UserName');
  if (account.users.find((user) => user.name === name)?.hasPassword !== true) return xml;
  return xml.replace(`</${tag}>`, `<PasswordLastUsed>${lastUsed(state).toISOString()}</PasswordLastUsed></${tag}>`);
}

/** IAM's times have no fraction. */
function wholeSeconds(xml: string): string {
  return xml.replace(/(T\d\d:\d\d:\d\d)\.\d+Z/g, '$1Z');
}

function lastUsed({ churned }: Volatile): Date {
  return new Date(Date.UTC(2026, 0, 1) + churned * 60_000);
}

/**
 * One page of a list, in an order that the number of churns decides. The token carries that number, so that a listing which has
 * begun goes on in its own order.
 */
function pageOf({ state, body }: Shaping, list: string, nameOf: string, token: string | null, asked: string | null) {
  const [order, offset] = token === null ? [state.churned, 0] : token.split('-').map(Number);
  const all = listItems(body, list).filter((item) => !state.isHidden(element(item, nameOf)));
  const sorted = all.toSorted((a, b) => rank(element(a, nameOf), order ?? 0) - rank(element(b, nameOf), order ?? 0));
  const from = offset ?? 0;
  const to = from + Math.min(state.pageSize, Number(asked ?? state.pageSize));
  return { items: sorted.slice(from, to), next: to < sorted.length ? `${order}-${to}` : undefined };
}

/** FNV-1a of the name and the order: a shuffle that can be repeated. */
function rank(name: string, order: number): number {
  let hash = 2_166_136_261 ^ order;
  for (const char of name) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
  return Math.imul(hash ^ (hash >>> 15), 2_246_822_519) >>> 0;
}

/** The items of a list as they stand in the document. */
export function listItems(xml: string, list: string): string[] {
  const inner = new RegExp(`<${list}>(.*)</${list}>`, 's').exec(xml)?.[1] ?? '';
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (const tag of inner.matchAll(/<(\/?)[\w:]+[^>]*?(\/?)>/g)) {
    if (tag[2] === '/') continue;
    depth += tag[1] === '/' ? -1 : 1;
    const end = tag.index + tag[0].length;
    if (depth === 0) {
      items.push(inner.slice(start, end).trim());
      start = end;
    }
  }
  return items;
}

export function replaceList(xml: string, list: string, items: readonly string[]): string {
  return xml.replace(new RegExp(`<${list}>.*</${list}>`, 's'), () => `<${list}>${items.join('')}</${list}>`);
}

export function element(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
}
