import { Checkpoint, ConnectorError, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { configRule } from '../evidence-operations.ts';
import { pages } from '../pages.ts';
import { regionSlices } from './region-slices.ts';

type RuleRow = Row<typeof configRule>;

export const configRules = stream(
  configRule,
  {
    slices: regionSlices,
    permissions: ['ec2:DescribeRegions', 'config:DescribeConfigRules', 'config:DescribeComplianceByConfigRule'],
    docs: [
      'https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeConfigRules.html',
      'https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeComplianceByConfigRule.html',
    ],
    calls: {
      reads: [
        1,
        { pagesOfEach: 'rules of a region', size: 25 },
        { pagesOfEach: 'rules of a region with rules', size: 25 },
      ],
      proves: [1],
    },
    async probe(aws: Aws, { accountId, region, ruleId, ruleName }) {
      const answer = await aws
        .config(region)('DescribeConfigRules', rulesAnswer, (config, options) =>
          config.describeConfigRules({ ConfigRuleNames: [ruleName] }, options),
        )
        .catch(nullIf('not_found', /^NoSuchConfigRuleException /));
      if (answer && !answer.ConfigRules.some(({ ConfigRuleName }) => ConfigRuleName === ruleName))
        throw new ConnectorError('malformed', 'AWS was asked for a rule of Config and answered without it.');
      const found = answer?.ConfigRules.filter(({ ConfigRuleId }) => ConfigRuleId === ruleId) ?? [];
      return (await ruleRows(aws, { accountId, region }, found))[0] ?? null;
    },
  },
  async function* (aws, { slice, resume }) {
    const { accountId } = await aws.identity();
    const listing = pages(async (NextToken) => {
      const answer = await aws.config(slice.id)('DescribeConfigRules', rulesAnswer, (config, options) =>
        config.describeConfigRules({ ...(NextToken !== undefined && { NextToken }) }, options),
      );
      return { items: answer.ConfigRules, next: answer.NextToken || undefined };
    }, resume);
    for await (const { items, next } of listing) {
      yield* await ruleRows(aws, { accountId, region: slice.id }, items);
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

const rulesAnswer = z.object({
  ConfigRules: z.array(
    z.object({
      ConfigRuleId: z.string().min(1),
      ConfigRuleName: z.string().min(1),
      ConfigRuleArn: z.string().min(1),
      ConfigRuleState: z.string().min(1),
      CreatedBy: z.string().optional(),
      Source: z.object({ Owner: z.string().min(1), SourceIdentifier: z.string().optional() }),
    }),
  ),
  NextToken: z.string().optional(),
});
type Rule = z.output<typeof rulesAnswer>['ConfigRules'][number];

const compliances = {
  COMPLIANT: 'compliant',
  NON_COMPLIANT: 'non_compliant',
  NOT_APPLICABLE: 'not_applicable',
  INSUFFICIENT_DATA: 'insufficient_data',
} as const;
const compliance = z.object({
  ComplianceType: z.enum(Object.keys(compliances) as (keyof typeof compliances)[]).optional(),
  ComplianceContributorCount: z.object({ CappedCount: z.int() }).optional(),
});
const complianceAnswer = z.object({
  ComplianceByConfigRules: z.array(z.object({ ConfigRuleName: z.string().min(1), Compliance: compliance.optional() })),
  NextToken: z.string().optional(),
});

async function ruleRows(
  aws: Aws,
  { accountId, region }: { accountId: string; region: string },
  rules: readonly Rule[],
): Promise<RuleRow[]> {
  const judged = await readCompliance(aws, region, rules);
  return rules.map((rule) => {
    const { ComplianceType: type, ComplianceContributorCount: count } = judged.get(rule.ConfigRuleName) ?? {};
    return {
      accountId,
      region,
      ruleId: rule.ConfigRuleId,
      ruleName: rule.ConfigRuleName,
      arn: rule.ConfigRuleArn,
      state: rule.ConfigRuleState,
      owner: rule.Source.Owner,
      sourceIdentifier: rule.Source.SourceIdentifier ?? null,
      createdBy: rule.CreatedBy ?? null,
      compliance: type === undefined ? null : compliances[type],
      nonCompliantResources: count?.CappedCount ?? (type === 'COMPLIANT' ? 0 : null),
    };
  });
}

/** Config takes 25 names in a call: https://docs.aws.amazon.com/config/latest/APIReference/API_DescribeComplianceByConfigRule.html */
const mostNames = 25;

async function readCompliance(aws: Aws, region: string, rules: readonly Rule[]) {
  const judged = new Map<string, z.output<typeof compliance> | undefined>();
  for (let from = 0; from < rules.length; from += mostNames) {
    const ConfigRuleNames = rules.slice(from, from + mostNames).map(({ ConfigRuleName }) => ConfigRuleName);
    const listing = pages(async (NextToken) => {
      const request = { ConfigRuleNames, ...(NextToken !== undefined && { NextToken }) };
      const answer = await aws.config(region)('DescribeComplianceByConfigRule', complianceAnswer, (config, options) =>
        config.describeComplianceByConfigRule(request, options),
      );
      return { items: answer.ComplianceByConfigRules, next: answer.NextToken || undefined };
    }, undefined);
    for await (const { items } of listing)
      for (const { ConfigRuleName, Compliance } of items) judged.set(ConfigRuleName, Compliance);
  }
  return judged;
}
