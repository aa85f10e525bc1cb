import type { z } from 'zod';
import { User } from './answers.ts';
import type { GitHub } from './client.ts';

/** By client, that is by attempt. */
const asked = new WeakMap<GitHub, Promise<z.output<typeof User>>>();

/** Whose personal access token it is; asked once an attempt. */
export function currentUser(github: GitHub): Promise<z.output<typeof User>> {
  const user = asked.get(github) ?? github.get('GET /user', {}, User);
  asked.set(github, user);
  user.catch(() => asked.delete(github)); // a failure is not remembered; the caller sees it through `user`
  return user;
}
