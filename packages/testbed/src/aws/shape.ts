import type { AwsAnswer } from './faults.ts';
import { type AwsList, awsLists } from './lists.ts';
import type { AwsOperation } from './operation.ts';
import { identityShapers } from './shape-identity.ts';
import { lastUsed, type Shaping, type Volatile } from './shaping.ts';
import type { AwsAccount } from './world.ts';
import { element, listItems, replaceList } from './xml.ts';

/** Makes moto's answer what AWS would have said: pages, defaults, the root user, enabled regions, volatile times. */
export function shapeAnswer(
  call: AwsOperation,
  account: AwsAccount | undefined,
  answer: AwsAnswer,
  state: Volatile,
): AwsAnswer {
  const body = call.name.startsWith('iam:') ? wholeSeconds(answer.body) : answer.body;
  if (account === undefined) return { ...answer, body };
  if (answer.status !== 200) return { ...answer, body: inWordsOfAws(body) };
  const shaped = shapers[call.name]?.({ call, account, state, body }) ?? body;
  const list = awsLists[call.name];
  return { ...answer, body: list === undefined ? shaped : pageOf({ call, account, state, body: shaped }, list) };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html */
function inWordsOfAws(body: string): string {
  return body
    .replace(/Role (\S+) not found/g, 'The role with name $1 cannot be found.')
    .replace(/Policy (arn:\S+) not found/g, 'Policy $1 was not found.');
}

const shapers: Record<string, (shaping: Shaping) => string> = {
  ...identityShapers,
  'iam:ListUsers': (shaping) =>
    replaceList(
      shaping.body,
      'Users',
      listItems(shaping.body, 'Users').map((item) => withLastUse(item, 'member', shaping)),
    ),
  'iam:GetUser': (shaping) => withLastUse(shaping.body, 'User', shaping),
  's3:ListBuckets': (shaping) => (shaping.state.tellsBucketRegions ? withBucketRegions(shaping) : shaping.body),
  's3:GetBucketVersioning': ({ body }) => body.replaceAll('GetBucketVersioningResponse', 'VersioningConfiguration'),
  'ec2:DescribeRegions': ({ call, account, body }) => {
    const isEnabled = (item: string) => account.regions.includes(element(item, 'regionName'));
    const items = listItems(body, 'regionInfo').map((item) => {
      const status = isEnabled(item) ? 'opt-in-not-required' : 'not-opted-in';
      return item.replace(/<optInStatus>[^<]*</, `<optInStatus>${status}<`);
    });
    return replaceList(body, 'regionInfo', call.fields.get('AllRegions') === 'true' ? items : items.filter(isEnabled));
  },
  // moto's times have microseconds.
  'rds:DescribeDBInstances': ({ body }) => body.replace(/(\.\d{3})\d+(\+00:00|Z)/g, '$1Z'),
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

function withBucketRegions({ account, body }: Shaping): string {
  const regions = new Map(account.buckets.map(({ name, region }) => [name, region]));
  const told = listItems(body, 'Buckets').map((item) =>
    item.replace('</Bucket>', `<BucketRegion>${regions.get(element(item, 'Name'))}</BucketRegion></Bucket>`),
  );
  return replaceList(body, 'Buckets', told);
}

function withLastUse(xml: string, tag: string, { account, state }: Shaping): string {
  const name = element(xml, 'UserName');
  if (account.users.find((user) => user.name === name)?.hasPassword !== true) return xml;
  return xml.replace(`</${tag}>`, `<PasswordLastUsed>${lastUsed(state).toISOString()}</PasswordLastUsed></${tag}>`);
}

/** IAM's times have no fraction. */
function wholeSeconds(xml: string): string {
  return xml.replace(/(T\d\d:\d\d:\d\d)\.\d+Z/g, '$1Z');
}

/**
 * One page of a list, in an order that the number of churns decides. The token carries that number, so that a listing which has
 * begun goes on in its own order.
 */
function pageOf({ call, state, body }: Shaping, list: AwsList): string {
  const token = list.asks === undefined ? null : call.fields.get(list.asks.token);
  const asked = list.asks === undefined ? null : call.fields.get(list.asks.size);
  const [order, offset] = token === null ? [state.churned, 0] : token.split('-').map(Number);
  const all = list.items(body).filter((item) => !state.isHidden(list.idOf(item)));
  const place = (item: string) => rank(list.idOf(item), order ?? 0);
  const sorted = list.isOrdered ? all : all.toSorted((a, b) => place(a) - place(b));
  if (list.asks === undefined) return list.write(body, sorted, '');
  const from = offset ?? 0;
  const to = from + Math.min(state.pageSize, Number(asked ?? state.pageSize));
  return list.write(body, sorted.slice(from, to), to < sorted.length ? `${order}-${to}` : '');
}

/** FNV-1a of the name and the order: a shuffle that can be repeated. */
function rank(name: string, order: number): number {
  let hash = 2_166_136_261 ^ order;
  for (const char of name) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
  return Math.imul(hash ^ (hash >>> 15), 2_246_822_519) >>> 0;
}
