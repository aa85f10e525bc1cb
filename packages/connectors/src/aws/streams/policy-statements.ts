import { z } from 'zod';

const oneOrMany = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMany.default([]),
  NotAction: oneOrMany.optional(),
  Resource: oneOrMany.default([]),
  Principal: z
    .union([z.literal('*').transform((everybody) => ({ AWS: everybody })), z.record(z.string(), z.unknown())])
    .pipe(z.record(z.string(), oneOrMany))
    .default({}),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
const policyDocument = z.object({
  Statement: z.union([statement.transform((one) => [one]), z.array(statement)]),
});

type Statement = z.output<typeof statement>;

/**
 * The statements of a policy document as IAM sends it, URL-encoded; null: it is none.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function readStatements(encoded: string): readonly Statement[] | null {
  try {
    const parsed = policyDocument.safeParse(JSON.parse(decodeURIComponent(encoded)));
    return parsed.success ? parsed.data.Statement : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof URIError) return null;
    throw error;
  }
}

/**
 * What the statements add up to. Conditions and denials are left out of account: both may narrow an Allow, so what is not said here is not
 * allowed, and what is said may be less in truth.
 */
export function judgeStatements(statements: readonly Statement[]) {
  const wide = statements.filter(({ Effect, Resource }) => Effect === 'Allow' && Resource.includes('*'));
  const actions = wide.flatMap(({ Action }) => Action.map((action) => action.toLowerCase()));
  const allowsAllOnAll = actions.some((action) => /^\*(:\*)?$/.test(action));
  const allows = (action: string) => allowsAllOnAll || actions.some((pattern) => matches(pattern, action));
  return {
    statements: statements.length,
    allowsAllOnAll,
    wholeServices: [...new Set(actions.flatMap((action) => /^([a-z0-9-]+):\*$/.exec(action)?.[1] ?? []))].sort(),
    passesAnyRole: allows('iam:passrole'),
    assumesAnyRole: allows('sts:assumerole'),
    allowsByException: statements.some(({ Effect, NotAction }) => Effect === 'Allow' && NotAction !== undefined),
  };
}

/** `*` stands for any characters, `?` for one: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html */
function matches(pattern: string, action: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`).test(action);
}

/** Whom the trust policy of a role lets in: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
export function judgeTrust(statements: readonly Statement[], ownAccountId: string) {
  const allowing = statements.filter(({ Effect }) => Effect === 'Allow');
  const all = (kind: string) => [...new Set(allowing.flatMap(({ Principal }) => Principal[kind] ?? []))].sort();
  const isForeign = (principal: string) => ![undefined, ownAccountId].includes(accountOf(principal));
  const foreign = allowing.filter(({ Principal }) => (Principal.AWS ?? []).some(isForeign));
  const trustedPrincipals = all('AWS');
  return {
    trustedServices: all('Service'),
    trustedPrincipals,
    trustedFederations: all('Federated'),
    foreignAccountIds: [...new Set(trustedPrincipals.filter(isForeign).flatMap((one) => accountOf(one) ?? []))].sort(),
    trustsAnybody: trustedPrincipals.includes('*'),
    requiresExternalId: foreign.length === 0 ? null : foreign.every(asksForExternalId),
  };
}

/** Of an ARN or a bare account id; undefined for `*` and for the id of a principal that is gone. */
function accountOf(principal: string): string | undefined {
  return /^(?:arn:[^:]+:(?:iam|sts)::)?(\d{12})(?::|$)/.exec(principal)?.[1];
}

function asksForExternalId({ Condition }: Statement): boolean {
  return Object.entries(Condition).some(
    ([operator, keys]) =>
      /^String(Equals|Like)/.test(operator) && Object.keys(keys).some((key) => key.toLowerCase() === 'sts:externalid'),
  );
}
