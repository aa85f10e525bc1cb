import { userInfo } from 'node:os';

/** Who does it, for the audit log. */
export function actor(): string {
  return `cli:${userInfo().username}`;
}
