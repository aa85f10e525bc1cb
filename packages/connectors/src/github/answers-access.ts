import { z } from 'zod';
import { User } from './answers.ts';

/** The parts of GitHub's answers about access that the streams read. https://docs.github.com/en/rest?apiVersion=2022-11-28 */
const id = z.int().positive();

export const Team = z.object({
  id,
  slug: z.string(),
  name: z.string(),
  privacy: z.string().optional(),
  parent: z.object({ id }).nullable(),
});

export const Collaborator = User.extend({ role_name: z.string() });

export const CollaboratorPermission = z.object({
  permission: z.string(),
  role_name: z.string(),
  user: User.nullable(),
});

export const TeamMembership = z.object({ state: z.string(), role: z.enum(['maintainer', 'member']) });

export const Webhook = z.object({
  id,
  active: z.boolean(),
  events: z.array(z.string()),
  config: z.object({
    url: z.string().optional(),
    insecure_ssl: z.union([z.string(), z.number()]).optional(),
    /** GitHub shows asterisks in its place. Whatever stands there goes no further than this door. */
    secret: z
      .string()
      .optional()
      .transform((secret) => secret !== undefined && secret !== ''),
  }),
  created_at: z.string(),
  updated_at: z.string(),
});
