/**
 * The ground truth behind the Okta simulator: what exists, who may see it, and what is refused. Mutable on purpose: a test changes it
 * and syncs again. Times are ISO 8601 in milliseconds, as Okta writes them.
 */
export interface OktaWorld {
  readonly orgId: string;
  /** The audience of client assertions. */
  readonly orgUrl: string;
  readonly serviceApps: WorldServiceApp[];
  readonly tokens: WorldApiToken[];
  users: WorldOktaUser[];
  groups: WorldGroup[];
  apps: WorldApp[];
  policies: WorldPolicy[];
  authenticators: WorldAuthenticator[];
  zones: WorldZone[];
  events: WorldEvent[];
}

export interface WorldServiceApp {
  readonly clientId: string;
  readonly keyId: string;
  /** PEM. The private one is there for tests to hand to a connector. */
  readonly privateKey: string;
  readonly publicKey: string;
  scopes: string[];
  roles: WorldRole[];
}

export interface WorldApiToken {
  readonly id: string;
  readonly secret: string;
  readonly userId: string;
  name: string;
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
}

export interface WorldRole {
  readonly id: string;
  type: 'SUPER_ADMIN' | 'READ_ONLY_ADMIN' | 'USER_ADMIN' | 'APP_ADMIN';
}

export interface WorldOktaUser {
  readonly id: string;
  login: string;
  status: 'ACTIVE' | 'STAGED' | 'SUSPENDED' | 'DEPROVISIONED' | 'LOCKED_OUT';
  createdAt: string;
  statusChangedAt: string | null;
  lastLoginAt: string | null;
  passwordChangedAt: string | null;
  updatedAt: string;
  factors: WorldFactor[];
  roles: WorldRole[];
  /** Missing from the listing though it exists. */
  unlisted: boolean;
}

export interface WorldFactor {
  readonly id: string;
  type: 'push' | 'webauthn' | 'question';
  status: 'ACTIVE' | 'PENDING_ACTIVATION';
}

export interface WorldGroup {
  readonly id: string;
  name: string;
  type: 'OKTA_GROUP' | 'BUILT_IN';
  createdAt: string;
  updatedAt: string;
  /** Of the group that holds everybody, the users who are no leavers are the members instead. */
  memberIds: string[];
  roles: WorldRole[];
}

export interface WorldApp {
  readonly id: string;
  name: string;
  label: string;
  status: 'ACTIVE' | 'INACTIVE';
  createdAt: string;
  updatedAt: string;
  features: ('PUSH_NEW_USERS' | 'PUSH_USER_DEACTIVATION')[];
  /** With what the user is called there, and the id of the account. */
  assignments: { userId: string; scope: 'USER' | 'GROUP'; userName?: string; externalId?: string }[];
}

export interface WorldPolicy {
  readonly id: string;
  readonly type: 'PASSWORD' | 'OKTA_SIGN_ON' | 'MFA_ENROLL';
  name: string;
  priority: number;
  groupIds: string[];
  updatedAt: string;
  /** Of PASSWORD. */
  minimumLength: number;
  /** Of OKTA_SIGN_ON: one rule each. */
  rules: { readonly id: string; requiresFactor: boolean }[];
  /** Of MFA_ENROLL. */
  enroll: { key: 'okta_verify' | 'webauthn' | 'phone_number'; self: 'REQUIRED' | 'OPTIONAL' | 'NOT_ALLOWED' }[];
}

export interface WorldAuthenticator {
  readonly id: string;
  key: 'okta_verify' | 'okta_password' | 'webauthn';
  type: 'app' | 'password' | 'security_key';
  name: string;
  status: 'ACTIVE' | 'INACTIVE';
  updatedAt: string;
}

export interface WorldZone {
  readonly id: string;
  name: string;
  usage: 'POLICY' | 'BLOCKLIST';
  gateways: string[];
  updatedAt: string;
}

export interface WorldEvent {
  readonly uuid: string;
  published: string;
  eventType: string;
  actorId: string;
}

/** The members of a group; of the one that holds everybody, all users who are no leavers. */
export function membersOf(world: OktaWorld, group: WorldGroup): string[] {
  if (group.type !== 'BUILT_IN') return group.memberIds;
  return world.users.filter(({ status }) => status !== 'DEPROVISIONED').map(({ id }) => id);
}

/** Every role that a user holds, through groups too. */
export function rolesOfUser(world: OktaWorld, user: WorldOktaUser): (WorldRole & { through: 'USER' | 'GROUP' })[] {
  const groups = world.groups.filter((group) => group.roles.length > 0 && membersOf(world, group).includes(user.id));
  return [
    ...user.roles.map((role) => ({ ...role, through: 'USER' as const })),
    ...groups.flatMap(({ roles }) => roles.map((role) => ({ ...role, through: 'GROUP' as const }))),
  ];
}
