import { element, listItems, replaceList } from './xml.ts';

/** How an operation tells a list of resources, and where its pages continue. */
export interface AwsList {
  /** Fields of the request: the token of a page, and the most items it may hold. Without them the list has one page. */
  readonly asks?: { readonly token: string; readonly size: string };
  /** Newest first, as the provider promises it; other lists come in any order. */
  readonly isOrdered?: boolean;
  /** What names one item. */
  idOf(item: string): string;
  items(body: string): readonly string[];
  /** The token of the next page; '' behind the last one. */
  next(body: string): string;
  /** The document with these items, and this token of a next page; '' for none. */
  write(body: string, items: readonly string[], next: string): string;
}

/** Lists of resources by operation; in an answer that is one resource's field nobody could tell what is missing. */
export const awsLists: Readonly<Record<string, AwsList>> = {
  'iam:ListUsers': iamList('Users', 'UserName'),
  'iam:GetAccountAuthorizationDetails': {
    ...iamList('', 'Arn'),
    items: (body) => Object.keys(detailLists).flatMap((list) => listItems(body, list)),
    write: (body, items, next) =>
      Object.entries(detailLists).reduce(
        (written, [list, isOf]) => replaceList(written, list, items.filter(isOf)),
        withMarker(body, next),
      ),
  },
  's3:ListBuckets': xmlList('Buckets', 'Name', {
    asks: { token: 'continuation-token', size: 'max-buckets' },
    next: 'ContinuationToken',
    before: '</ListAllMyBucketsResult>',
  }),
  'ec2:DescribeRegions': onePage(ec2List('regionInfo', 'regionName')),
  'ec2:DescribeVpcs': ec2List('vpcSet', 'vpcId'),
  'ec2:DescribeSecurityGroups': ec2List('securityGroupInfo', 'groupId'),
  'ec2:DescribeFlowLogs': ec2List('flowLogSet', 'flowLogId'),
  'rds:DescribeDBInstances': xmlList('DBInstances', 'DbiResourceId', {
    asks: { token: 'Marker', size: 'MaxRecords' },
    next: 'Marker',
    before: '</DescribeDBInstancesResult>',
  }),
  'cloudtrail:DescribeTrails': jsonList('trailList', 'TrailARN', {}),
  'cloudtrail:LookupEvents': {
    ...jsonList('Events', 'EventId', { asks: { token: 'NextToken', size: 'MaxResults' }, next: 'NextToken' }),
    isOrdered: true,
  },
  'config:DescribeConfigRules': jsonList('ConfigRules', 'ConfigRuleId', {
    asks: { token: 'NextToken', size: 'Limit' },
    next: 'NextToken',
  }),
  'kms:ListKeys': jsonList('Keys', 'KeyId', {
    asks: { token: 'Marker', size: 'Limit' },
    next: 'NextMarker',
    truncated: 'Truncated',
  }),
};

/** GetAccountAuthorizationDetails tells four lists at once. */
const detailLists: Readonly<Record<string, (item: string) => boolean>> = {
  UserDetailList: (item) => item.includes('<UserId>'),
  GroupDetailList: (item) => item.includes('<GroupId>'),
  RoleDetailList: (item) => item.includes('<RoleId>'),
  Policies: (item) => item.includes('<PolicyVersionList>'),
};

interface Words {
  readonly asks: NonNullable<AwsList['asks']>;
  readonly next: string;
  /** What the token is written before. */
  readonly before: string;
}

function xmlList(list: string, id: string, { asks, next, before }: Words): AwsList {
  return {
    asks,
    idOf: (item) => element(item, id),
    items: (body) => listItems(body, list),
    next: (body) => element(withoutList(body, list), next),
    write(body, items, token) {
      const written = token === '' ? '' : `<${next}>${token}</${next}>`;
      const bare = body.replace(new RegExp(`<${next}>[^<]*</${next}>`), '');
      return replaceList(bare, list, items).replace(before, `${written}${before}`);
    },
  };
}

const withoutList = (body: string, list: string) => replaceList(body, list, []);

function ec2List(list: string, id: string): AwsList {
  const asks = { token: 'NextToken', size: 'MaxResults' };
  return xmlList(list, id, { asks, next: 'nextToken', before: '<requestId>' });
}

function onePage({ asks, ...list }: AwsList): AwsList {
  return { ...list, next: () => '' };
}

function iamList(list: string, id: string): AwsList {
  return {
    asks: { token: 'Marker', size: 'MaxItems' },
    idOf: (item) => element(item, id),
    items: (body) => listItems(body, list),
    next: (body) => element(body, 'Marker'),
    write: (body, items, next) => replaceList(withMarker(body, next), list, items),
  };
}

function withMarker(body: string, next: string): string {
  const marker = next === '' ? '' : `<Marker>${next}</Marker>`;
  const end = `<IsTruncated>${next !== ''}</IsTruncated>${marker}`;
  return body.replace(/<Marker>[^<]*<\/Marker>/, '').replace(/<IsTruncated>[^<]*<\/IsTruncated>/, end);
}

function jsonList(
  list: string,
  id: string,
  { asks, next, truncated }: { asks?: AwsList['asks']; next?: string; truncated?: string },
): AwsList {
  const read = (body: string): Record<string, unknown> => JSON.parse(body);
  return {
    ...(asks !== undefined && { asks }),
    idOf: (item) => String(read(item)[id]),
    items: (body) => [read(body)[list] ?? []].flat().map((item) => JSON.stringify(item)),
    next: (body) => (next === undefined ? '' : String(read(body)[next] ?? '')),
    write(body, items, token) {
      const told: Record<string, unknown> = { ...read(body), [list]: items.map((item) => JSON.parse(item)) };
      if (next !== undefined) {
        delete told[next];
        if (token !== '') told[next] = token;
      }
      if (truncated !== undefined) told[truncated] = token !== '';
      return JSON.stringify(told);
    },
  };
}
