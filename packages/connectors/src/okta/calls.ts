import type { Connector } from '@evidence-fleet/connector-sdk';

/** A run begins with the organization, the roles of the credential, and whose token it is or a token of its own. */
export const oktaCalls: Connector['calls'] = {
  begins: [3],
  counts: {
    users: 'users who are no leavers',
    leavers: 'users who are deactivated',
    administrators: 'users with an administrator role, through a group too',
    groups: 'groups, that of everybody included',
    'members of a group': 'members of the group',
    apps: 'applications',
    'people of an app': 'users assigned to the application',
    events: 'events of the system log within `logDays`; later, since the last pass',
    zones: 'network zones',
    'password policies': 'password policies',
    'sign-on policies': 'global session policies',
    'enrollment policies': 'policies of authenticator enrollment',
  },
};
