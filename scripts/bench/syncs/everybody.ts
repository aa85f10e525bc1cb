import { type Connector, type EvidenceType, Expected, stream } from '@evidence-fleet/connector-sdk';
import { connectors, evidenceTypes } from '@evidence-fleet/connectors';

type Member = { readonly orgId: number; readonly [field: string]: unknown };

interface Client {
  /** Asked for once a run. */
  everybody(): Promise<readonly Member[]>;
}

const known = connectors.get('github');
const orgMember: EvidenceType | undefined = evidenceTypes.get('github.org_member');
if (known === undefined || orgMember === undefined) throw new Error('GitHub or its members are not in the catalogue.');

/** A GitHub that tells all about an organization's members by one call, so that a sync of theirs is as small as one can be. */
export const everybodyAtOnce: Connector = {
  ...known,
  connect({ credentials, settings }, runtime): Client {
    const { organizations } = settings as { organizations: string[] }; // parsed by GitHub's own schema
    const ask = async (): Promise<Member[]> => {
      const headers = { accept: 'application/json', authorization: `Bearer ${String(credentials.token)}` };
      return (await runtime.fetch(`${runtime.endpoint}/orgs/${organizations[0]}/everybody`, { headers })).json();
    };
    let asked: Promise<Member[]> | undefined;
    return {
      everybody() {
        asked ??= ask();
        return asked;
      },
    };
  },
  async check(client: Client) {
    const id = String((await client.everybody())[0]?.orgId);
    return { account: { id, title: id }, quotaScope: `user:${id}`, grants: [] };
  },
  streams: [
    stream(orgMember, { permissions: [], docs: [], calls: { reads: [] } }, async function* (client: Client) {
      const members = await client.everybody();
      yield new Expected(members.length);
      yield* members;
    }),
  ],
};
