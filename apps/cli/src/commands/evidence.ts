import { resolveEvidence } from '@evidence-fleet/connectors';
import {
  type EvidenceVersion,
  evidenceCounts,
  evidenceHistory,
  type ListedEvidence,
  type ResourceAddress,
} from '@evidence-fleet/db';
import { canonicalJson, type Json, sha256, unescapeJson } from '@evidence-fleet/engine';
import { keyText, presentEvidence, presentVersion, sourceOf, titleOf } from '@evidence-fleet/presentation';
import { Command } from 'commander';
import { examples } from '../examples.ts';
import { notFound, usageError } from '../exit-codes.ts';
import { type Fleet, integrationFilter, parseCount, requireId, withFleet } from '../fleet.ts';
import { colours, printFields, printJson, printLine, printTable, timeOf } from '../output.ts';
import { addSelection, type SelectionOptions, selectEvidence } from '../select-evidence.ts';
import { evidenceExportCommand } from './evidence-export.ts';

export function evidenceCommand(): Command {
  const evidence = new Command('evidence')
    .description('what was collected, with its history')
    .addHelpText('after', examples('fleet evidence list --counts', 'fleet evidence list --type github.repository'));
  addSelection(evidence.command('list'))
    .description('what stands now, or stood at a time')
    .option('--limit <count>', 'at most so many', parseCount, 50)
    .option('--counts', 'only how much there is of each type')
    .addHelpText(
      'after',
      '\nExamples:\n  fleet evidence list --type github.repository\n  fleet evidence list --type security_alerts\n  fleet evidence list --as-of 2026-03-14T12:00Z --json',
    )
    .action((options: ListOptions, command: Command) =>
      withFleet(command, (fleet) => (options.counts ? counts(fleet, options) : list(fleet, options))),
    );
  evidence
    .command('show')
    .description('the history of one resource: every version, and why it ended')
    .argument('<id-or-type>', 'the id of one of its versions, or its type or an alias of it')
    .argument('[key]', "with a type: the key as a JSON list, like '[4711,12]'")
    .addHelpText(
      'after',
      examples(
        'fleet evidence show 0198c5a2-7c1e-7d2f-8a33-0b9d5e6f7a81',
        "fleet evidence show github.org_member '[4711,12]'",
      ),
    )
    .action((first: string, key: string | undefined, _options: object, command: Command) =>
      withFleet(command, (fleet) => show(fleet, first, key)),
    );
  evidence.addCommand(evidenceExportCommand());
  return evidence;
}

interface ListOptions extends SelectionOptions {
  readonly limit: number;
  readonly counts?: boolean;
}

async function list(fleet: Fleet, options: ListOptions): Promise<void> {
  const items: ListedEvidence[] = [];
  const { evidence } = await selectEvidence(fleet, options, Math.min(options.limit + 1, 500));
  for await (const item of evidence) if (items.push(item) > options.limit) break;
  const shown = items.slice(0, options.limit);
  if (fleet.json) return printJson(shown.map(presentEvidence));
  if (shown.length === 0) return printLine('No evidence. Collect some: fleet sync <integration> --wait');
  printTable(
    ['id', 'type', 'key', 'integration', 'collected', 'valid from', 'controls'],
    shown
      .map(presentEvidence)
      .map((item) => [
        ...[item.id, item.type, keyText(item.key), item.source.integration],
        ...[timeOf(new Date(item.collectedAt)), timeOf(new Date(item.validFrom)), item.controls.join(', ')],
      ]),
  );
  if (items.length > shown.length) printLine('There is more: raise --limit, or use `fleet evidence export`.');
}

async function counts(fleet: Fleet, { integration, asOf }: ListOptions): Promise<void> {
  if (asOf !== undefined) throw usageError('--counts tells what there is now; leave out --as-of.');
  const of = await integrationFilter(fleet, integration);
  const rows = await evidenceCounts(fleet.database, { organizationId: fleet.organization.id, ...of });
  if (fleet.json) return printJson(rows);
  printTable(
    ['type', 'integration', 'current', 'missing', 'versions', 'open gaps'],
    rows.map((row) => [row.type, row.integration, row.current, row.missing, row.versions, row.openGaps]),
  );
}

async function show(fleet: Fleet, first: string, key: string | undefined): Promise<void> {
  const lives: EvidenceVersion[][] = [];
  for (const address of addressesOf(first, key)) {
    const versions = await evidenceHistory(fleet.database, { organizationId: fleet.organization.id, ...address });
    lives.push(...Map.groupBy(versions, ({ integrationId }) => integrationId).values());
  }
  if (lives.length === 0) throw notFound(`There is no such evidence in ${fleet.organization.slug}.`);
  if (fleet.json) return printJson(lives.map(describeLife));
  lives.forEach(printLife);
}

/** An alias stands for several types; a type that an earlier release collected is known to nobody but the ledger. */
function addressesOf(first: string, key: string | undefined): ResourceAddress[] {
  if (key === undefined) return [{ versionId: requireId(first, 'evidence') }];
  const types = resolveEvidence(first);
  return (types.length > 0 ? types : [first]).map((type) => ({ type, keySha: keyShaOf(key) }));
}

function describeLife(versions: readonly EvidenceVersion[]) {
  const latest = latestOf(versions);
  return {
    ...{ title: titleOf(latest.type), type: latest.type, key: unescapeJson(latest.key), source: sourceOf(latest) },
    versions: versions.map(presentVersion),
  };
}

function printLife(versions: readonly EvidenceVersion[]): void {
  const latest = latestOf(versions);
  printFields({
    ...{
      title: titleOf(latest.type),
      type: latest.type,
      key: keyText(unescapeJson(latest.key)),
      slice: latest.slice || null,
    },
    ...{ source: `${latest.integration} (${latest.account ?? latest.connector})` },
  });
  printLine();
  printTable(
    ['version', 'valid from', 'valid to', 'ended because', 'run'],
    versions.map((one) => [one.id, timeOf(one.validFrom), timeOf(one.validTo), one.endReason, one.fromRunId]),
  );
  printLine(`\n${colours.bold(latest.validTo === null ? 'Now' : 'At its end')}`);
  printLine(JSON.stringify(presentVersion(latest).data, null, 2));
}

function latestOf(versions: readonly EvidenceVersion[]): EvidenceVersion {
  const latest = versions.at(-1);
  if (latest === undefined) throw new Error('a life has at least one version');
  return latest;
}

function keyShaOf(text: string): Uint8Array {
  let key: Json;
  try {
    key = JSON.parse(text);
  } catch {
    throw usageError(
      `"${text}" is no key: write the JSON list that \`fleet evidence list --json\` shows, like '[4711,12]'.`,
    );
  }
  return sha256(canonicalJson(Array.isArray(key) ? key : [key]));
}
