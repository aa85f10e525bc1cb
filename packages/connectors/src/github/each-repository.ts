import { Checkpoint, Expected, each, type Gap, type StreamContext } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import type { Organization } from './answers.ts';
import type { GitHub } from './client.ts';
import { countShown, readCheckpoint } from './count-shown.ts';
import { organizationOf, repositoriesById } from './organizations.ts';
import type { RepositoryAnswer } from './streams/effective-protection.ts';

interface Parts<R extends object> {
  /** Every list of a repository is held against GitHub's count in here, so that the rows shown are all there are. */
  ofRepository(repo: RepositoryAnswer): AsyncIterable<R | Gap>;
  /** What belongs to the organization itself; read first. */
  ofOrganization?(organization: z.output<typeof Organization>): AsyncIterable<R | Gap>;
  /** Rows that count as resources of their own; all of them, if it is left out. */
  isCounted?(row: R): boolean;
}

/** Reads something of the organization and of each of its repositories, by ascending id, with a checkpoint after each and the total at the end. */
export async function* ofEachRepository<R extends object>(
  github: GitHub,
  { slice, resume }: Pick<StreamContext, 'slice' | 'resume'>,
  { ofRepository, ofOrganization, isCounted }: Parts<R>,
): AsyncGenerator<R | Gap | Checkpoint | Expected> {
  const organization = await organizationOf(github, slice);
  const { repositories, total } = yield* repositoriesById(github, organization.login);
  const after = readCheckpoint(resume);
  async function* items(): AsyncGenerator<R | Gap | Checkpoint> {
    if (ofOrganization !== undefined && resume === undefined) {
      yield* each([organization], ({ id }) => ({ scope: `organization:${id}` }), ofOrganization);
    }
    yield* each(
      repositories.filter(({ id }) => id > Number(after.token ?? 0)),
      ({ id }) => ({ scope: `repository:${id}` }),
      async function* (repo) {
        yield* ofRepository(repo);
        yield new Checkpoint(String(repo.id));
      },
      { concurrency: 4 },
    );
  }
  const shown = yield* countShown(items(), after.shown, isCounted);
  if (total !== null) yield new Expected(shown);
}
