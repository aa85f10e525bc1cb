import type { Connector, EvidenceType, Stream } from '@evidence-fleet/connector-sdk';
import { type Control, controls } from '@evidence-fleet/controls';
import { describeCalls, sectionOfCalls } from './calls-words.ts';
import { code, linkTo, table } from './markdown.ts';
import type { SourceComments } from './source-comments.ts';
import { fieldsOf } from './type-words.ts';

/** Stands in every generated page. */
export const generated =
  '<!-- Made by `npm run docs:providers` from the connector itself; `npm run check` compares. -->';

/** The page of one provider: everything that its connector declares, and nothing else. */
export function pageOf(connector: Connector, comments: SourceComments): string {
  const { id, title, streams } = connector;
  return `${[
    `# ${title}`,
    generated,
    `What the connector \`${id}\` reads, with which calls and permissions, and which controls judge it. Add an integration: \`fleet integrations add ${id} --help\`.`,
    sectionOfAccess(connector, comments),
    sectionOfCalls(connector),
    sectionOfPermissions(connector),
    '## Evidence types',
    table(
      ['Type', 'Title', 'Mode', 'Controls'],
      streams.map(({ evidence }) => [
        `[${code(evidence.name)}](#${anchorOf(evidence.name)})`,
        evidence.title,
        evidence.mode,
        controlsOf(evidence.name)
          .map(({ id: control }) => code(control))
          .join(', '),
      ]),
    ),
    modes,
    ...streams.map((stream) => sectionOfType(stream, comments)),
  ].join('\n\n')}\n`;
}

const modes =
  'A `snapshot` is read whole each time, and only it can prove that something is gone; `incremental` reads what changed since the last pass; an `event` is kept for ever. Of fields, the *key* names the resource; a change of an ordinary field writes a new version; of an *observed* one the latest value is kept and no version is written; `hmac` stores a keyed hash, `drop` nothing. null means that the provider does not tell, or says that there is none.';

const endings = {
  told: 'told by the provider: notified of 14 days ahead',
  untold: 'not told by the provider: note it down; at 90 days of age there is a notification',
};

function sectionOfAccess({ auth, settings, limits, schedule }: Connector, comments: SourceComments): string {
  return [
    '## Credentials',
    table(
      ['Kind (`--auth`)', 'What it is', 'Secrets asked for', 'Its end'],
      Object.entries(auth).map(([kind, { title, secrets, ends }]) => [
        code(kind),
        title,
        Object.keys(secrets.shape).map(code).join(', '),
        ends === undefined ? null : endings[ends],
      ]),
    ),
    '## Settings',
    table(
      ['Setting', 'Type', 'Default', ''],
      fieldsOf(settings, 'input').map(([name, { type, isOptional, defaultValue }]) => [
        ...[code(name), type, defaultValue === null ? (isOptional ? 'none' : 'required') : code(defaultValue)],
        comments.settings.get(name) ?? null,
      ]),
    ),
    '## Schedule and quotas',
    `Every ${schedule.defaultHours} hours unless told otherwise; ${schedule.minHours} to ${schedule.maxHours} are allowed. The fleet uses its share of each quota (\`QUOTA_SHARE\`, half by default), all integrations of an account together; the first that names a call counts.`,
    table(
      ['Quota', 'Calls', 'In', 'Of the calls', 'Documented'],
      limits.map(({ name, requests, perMs, operations, docs }) => [
        ...[code(name), requests, `${perMs / 1000} s`, operations?.map(code).join(', ') ?? 'all others', linkTo(docs)],
      ]),
    ),
  ].join('\n\n');
}

function sectionOfPermissions({ id, streams }: Connector): string {
  const needed = new Map<string, string[]>();
  for (const { evidence, permissions } of streams) {
    for (const permission of permissions)
      needed.set(permission, [...(needed.get(permission) ?? []), code(evidence.name)]);
  }
  return [
    '## Permissions',
    `The least that a credential needs, for all types or for those you name: \`fleet connectors show ${id} --policy --types …\`. What of a credential is used and what is not: \`fleet integrations permissions <integration>\`.`,
    table(
      ['Permission', 'Needed by'],
      [...needed]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([permission, types]) => [permission, types.join(', ')]),
    ),
  ].join('\n\n');
}

function sectionOfType(stream: Stream<never>, comments: SourceComments): string {
  const { evidence, permissions, docs, calls } = stream;
  const about = comments.ofType(evidence.name);
  const reading = comments.ofStream(evidence.name);
  return [
    `### ${evidence.name}`,
    `${evidence.title}.${about === null ? '' : ` ${about}`}`,
    [
      `- **Mode:** ${evidence.mode}${evidence.cursor === undefined ? '' : `, by ${code(evidence.cursor)}`}; version ${evidence.version}`,
      ...(evidence.retention === undefined
        ? []
        : [`- **Its source forgets** after ${evidence.retention.days} days (${linkTo(evidence.retention.docs)})`]),
      `- **Calls:** ${docs.map(linkTo).join(', ')}`,
      `- **How many calls:** ${describeCalls(calls)}`,
      ...(reading === null ? [] : [`- **How it is read:** ${reading}`]),
      `- **Permissions:** ${permissions.join('; ')}`,
      `- **Controls:** ${controlsOf(evidence.name).map(describeControl).join('; ') || 'none yet'}`,
    ].join('\n'),
    table(
      ['Field', 'Type', 'Kind', ''],
      fieldsOf(evidence.schema, 'output').map(([name, { type }]) => [
        ...[code(name), type, kindOf(evidence, name), comments.ofFields(evidence.name).get(name) ?? null],
      ]),
    ),
  ].join('\n\n');
}

function controlsOf(type: string): Control[] {
  return controls.filter(({ tests }) => tests.some(({ evidence }) => evidence === type));
}

function describeControl({ id, title, satisfies }: Control): string {
  return `${code(id)} (${title}; ${satisfies.join(', ')})`;
}

function kindOf({ key, observed, unordered, redact }: EvidenceType, field: string): string | null {
  const redaction = (redact as Readonly<Record<string, string>> | undefined)?.[field];
  const kinds = [
    key.includes(field) ? 'key' : null,
    observed?.includes(field) ? 'observed' : null,
    unordered?.includes(field) ? 'order means nothing' : null,
    redaction ?? null,
  ];
  return kinds.filter((kind) => kind !== null).join(', ') || null;
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}
