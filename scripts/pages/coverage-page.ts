import { connectors, evidenceAliases, evidenceTypes } from '@evidence-fleet/connectors';
import {
  type Control,
  controls,
  controlsFor,
  controlsOf,
  type Framework,
  frameworks,
  isOf,
  requirements,
} from '@evidence-fleet/controls';

const titles: Readonly<Record<Framework, string>> = {
  soc2: 'SOC 2',
  'iso27001:2022': 'ISO 27001:2022',
  'iso27001:2013': 'ISO 27001:2013',
};

/** docs/coverage.md, made of the catalogues: which evidence serves which controls, and which controls which requirements. */
export function coveragePage(): string {
  return `${[head, evidence(), ...frameworks.map(requirementsOf), aliases()].join('\n\n')}\n`;
}

const head = `<!-- Written by \`npm run coverage\`. Change the catalogues in packages/connectors and packages/controls, not this page. -->
# Coverage

${evidenceTypes.size} evidence types of ${connectors.size} connectors, ${controls.length} controls, and what they prove of ${frameworks.map((one) => titles[one]).join(', ')}. A
requirement that a control satisfies is not met by it alone: auditors also look at policies, contracts and people, which no API shows. ISO 27001 of 2013 and
of 2022 go together by ISO/IEC 27002:2022, Annex B; a control that is new in 2022 has no number of 2013.`;

function evidence(): string {
  const sections = [...connectors.values()].map(({ title, streams }) => {
    const rows = streams.map(({ evidence: { name, title: what } }) => {
      const serving = controlsFor([name]);
      return [`\`${name}\``, what, names(serving), ...frameworks.map((one) => satisfiedBy(serving, one))];
    });
    const columns = ['Evidence type', 'What it is', 'Controls', ...frameworks.map((one) => titles[one])];
    return `### ${title}\n\n${table(columns, rows)}`;
  });
  return `## Evidence, controls, requirements\n\n${sections.join('\n\n')}`;
}

function requirementsOf(framework: Framework): string {
  const rows = [...requirements]
    .filter(([id]) => isOf(framework, id))
    .map(([id, ids]) => {
      const serving = controls.filter((control) => ids.includes(control.id));
      const types = new Set(serving.flatMap(({ tests }) => tests.map((test) => `\`${test.evidence}\``)));
      return [shortOf(framework, id), names(serving), [...types].join('<br>')];
    });
  const counted = `${rows.length} requirements by ${controlsOf(framework).length} controls.`;
  return `## ${titles[framework]}\n\n${counted}\n\n${table(['Requirement', 'Controls', 'Evidence'], rows)}`;
}

function aliases(): string {
  const rows = [...evidenceAliases].map(([alias, types]) => [
    `\`${alias}\``,
    types.map((type) => `\`${type}\``).join(', '),
  ]);
  return `## Aliases

Wherever the CLI asks for an evidence type it also takes these names, and each of them, like a type, without its connector: \`--type iam_policies\`. One may stand for
several types.

${table(['Alias', 'Evidence types'], rows)}`;
}

function names(serving: readonly Control[]): string {
  return serving.map(({ id }) => id).join('<br>');
}

function satisfiedBy(serving: readonly Control[], framework: Framework): string {
  const satisfied = new Set(serving.flatMap(({ satisfies }) => satisfies));
  return [...requirements.keys()]
    .filter((id) => isOf(framework, id) && satisfied.has(id))
    .map((id) => shortOf(framework, id))
    .join(', ');
}

function shortOf(framework: Framework, requirement: string): string {
  return requirement.slice(framework.length + 1);
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
