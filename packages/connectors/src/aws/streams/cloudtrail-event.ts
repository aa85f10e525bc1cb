import { Checkpoint, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { cloudtrailEvent } from '../evidence-operations.ts';
import { pages } from '../pages.ts';
import { regionSlices } from './region-slices.ts';

/** Events that write, of one region, at two calls a second; reads are many times as many and change nothing. */
export const cloudtrailEvents = stream(
  cloudtrailEvent,
  {
    slices: regionSlices,
    permissions: ['ec2:DescribeRegions', 'cloudtrail:LookupEvents'],
    docs: ['https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html'],
    calls: {
      reads: [1, { pagesOfEach: 'events of a region', size: 50 }],
      proves: [1],
    },
  },
  async function* (aws: Aws, { slice, since, resume }) {
    const { accountId } = await aws.identity();
    const window = openWindow(since, resume);
    // A token is good for the very parameters that it was given for, so the end of the window travels with it.
    const listing = pages(async (NextToken) => {
      const request = { ...writes, ...window.times, MaxResults: 50, ...(NextToken !== undefined && { NextToken }) };
      const answer = await aws.cloudtrail(slice.id)('LookupEvents', eventsAnswer, (cloudtrail, options) =>
        cloudtrail.lookupEvents(request, options),
      );
      return { items: answer.Events, next: answer.NextToken };
    }, window.token);
    for await (const { items, next } of listing) {
      for (const item of items) yield eventRow(accountId, slice.id, item);
      if (next !== undefined) yield new Checkpoint(`${window.times.EndTime.toISOString()} ${next}`);
    }
  },
);

const writes = { LookupAttributes: [{ AttributeKey: 'ReadOnly' as const, AttributeValue: 'false' }] };

/** Events come minutes after what they tell of, and not in its order; an hour read twice loses none and counts none twice. */
const overlapMs = 60 * 60_000;

/** Events come newest first, so only a whole pass moves the cursor; one that begins again where it was cut off keeps its end. */
function openWindow(since: string | undefined, resume: string | undefined) {
  const [until, token] = resume?.split(' ') ?? [];
  const EndTime = until === undefined ? new Date() : new Date(until);
  const StartTime = since === undefined ? undefined : new Date(Date.parse(since) - overlapMs);
  return { token, times: { EndTime, ...(StartTime !== undefined && { StartTime }) } };
}

const listedEvent = z.object({
  EventId: z.string().min(1),
  EventName: z.string().min(1),
  EventSource: z.string().min(1),
  EventTime: z.date(),
  Username: z.string().optional(),
  Resources: z
    .array(z.object({ ResourceType: z.string().default(''), ResourceName: z.string().default('') }))
    .default([]),
  CloudTrailEvent: z.string(),
});
const eventsAnswer = z.object({ Events: z.array(listedEvent), NextToken: z.string().min(1).optional() });

/** Of the record only what is not secret: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
const eventRecord = z.object({
  sourceIPAddress: z.string().optional(),
  errorCode: z.string().optional(),
  userIdentity: z
    .object({
      type: z.string().optional(),
      principalId: z.string().optional(),
      arn: z.string().optional(),
      sessionContext: z
        .object({ attributes: z.object({ mfaAuthenticated: z.string().optional() }).optional() })
        .optional(),
    })
    .default({}),
});

function eventRow(accountId: string, region: string, item: z.output<typeof listedEvent>) {
  const record = readRecord(item.CloudTrailEvent);
  const { type, principalId, arn, sessionContext } = record?.userIdentity ?? {};
  const mfa = sessionContext?.attributes?.mfaAuthenticated;
  return {
    accountId,
    region,
    eventId: item.EventId,
    occurredAt: item.EventTime.toISOString(),
    source: item.EventSource,
    name: item.EventName,
    identityType: type ?? null,
    principalId: principalId?.split(':')[0] || null,
    principalArn: arn?.replace(/(:assumed-role\/[^/]+)\/.+$/, '$1') || null,
    userName: item.Username || null,
    hasMfa: mfa === undefined ? null : mfa === 'true',
    sourceAddress: record?.sourceIPAddress ?? null,
    errorCode: record?.errorCode ?? null,
    resources: [
      ...new Set(item.Resources.map((one) => `${one.ResourceType} ${one.ResourceName}`.trim()).filter(Boolean)),
    ],
  };
}

/** null: the record is not as described; the event itself is told all the same. */
function readRecord(text: string): z.output<typeof eventRecord> | null {
  try {
    return eventRecord.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
