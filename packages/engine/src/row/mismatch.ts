import { z } from 'zod';

const maxFields = 5;

/**
 * What a schema found wrong, as field paths and expected types: never a value, and never an object key that came from the provider.
 */
export function describeMismatch(schema: z.ZodType, error: z.ZodError): string {
  const fields = error.issues.slice(0, maxFields).map((issue) => `${pathOf(schema, issue.path)} (${expected(issue)})`);
  const more = error.issues.length - fields.length;
  return fields.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Only names that the schema itself spells out are shown; list positions and record keys become `*`. */
function pathOf(schema: z.ZodType, path: readonly PropertyKey[]): string {
  const names: string[] = [];
  let current: unknown = schema;
  for (const step of path) {
    while (current instanceof z.ZodOptional || current instanceof z.ZodNullable) current = current.unwrap();
    if (current instanceof z.ZodObject && typeof step === 'string' && Object.hasOwn(current.shape, step)) {
      names.push(step);
      current = current.shape[step];
    } else {
      names.push('*');
      current = current instanceof z.ZodArray ? current.element : undefined;
    }
  }
  return names.join('.') || 'row';
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'invalid_format':
      return `expected ${issue.format}`;
    default:
      return issue.code.replaceAll('_', ' ');
  }
}
