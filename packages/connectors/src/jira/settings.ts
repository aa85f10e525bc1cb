import { z } from 'zod';

/** What issues are collected for. */
export const purposes = ['security', 'change', 'incident', 'access_request', 'leaver', 'vulnerability'] as const;
export type Purpose = (typeof purposes)[number];

const jql = z
  .string()
  .trim()
  .min(1)
  .max(4000)
  .refine((text) => !/\border\s+by\b/i.test(text), 'a JQL condition alone, without ORDER BY')
  .nullable();

const off = jql.default(null);

export const settings = z.object({
  /** e.g. `https://acme.atlassian.net` */
  siteUrl: z
    .url({ protocol: /^https$/ })
    .refine((text) => isSite(text), 'the address of the site alone, without a path, a port or a user'),
  /** Which issues serve which purpose, as JQL; null: none. */
  issues: z
    .object({
      security: jql.default('type = Bug AND labels = security'),
      change: off,
      incident: off,
      access_request: off,
      leaver: off,
      vulnerability: off,
    })
    .strict()
    .prefault({}),
  /** How far back the first pass over issues reaches by their last update, in days. */
  issueDays: z.int().min(1).max(3650).default(400),
  /** How far back the first pass over the audit log reaches, in days. */
  auditDays: z.int().min(1).max(3650).default(180),
});

export type Settings = z.output<typeof settings>;

/** The purposes that are on, each with its JQL. */
export function purposesOf({ issues }: Pick<Settings, 'issues'>): (readonly [Purpose, string])[] {
  return purposes.flatMap((purpose) => {
    const condition = issues[purpose];
    return condition === null ? [] : [[purpose, condition] as const];
  });
}

function isSite(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.href === `${url.origin}/` && url.port === '';
}
