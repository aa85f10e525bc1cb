import type { Connector } from '@evidence-fleet/connector-sdk';

/** A run begins with the user of the token, or the token and installation of an App, and every organization in the settings. */
export const githubCalls: Connector['calls'] = {
  begins: [1, { of: 'organizations' }],
  counts: {
    organizations: 'organizations in the settings; every other formula is for one of them',
    repositories: 'repositories of the organization, archived ones included',
    'live repositories': 'those that are not archived',
    'live repositories with a branch': 'those of them that are not empty',
    'repositories with a push': 'repositories that were ever pushed to; later, since the last pass',
    members: 'members of the organization',
    owners: 'its owners',
    'members without a second factor': 'members without a second factor',
    'outside collaborators': 'people who are no members and have access to a repository',
    'outside collaborators without a second factor': 'those of them without a second factor',
    teams: 'teams of the organization',
    'maintainers of a team': 'maintainers of the team',
    'other members of a team': 'members of the team who are no maintainers',
    'collaborators of a repository': 'everybody who has access to the repository',
    'webhooks of the organization': 'webhooks of the organization itself',
    'webhooks of a repository': 'webhooks of the repository',
    'rulesets of a repository': 'rulesets that apply to the repository',
    rulesets: 'rulesets, each once',
    'closed pull requests of a repository':
      'closed ones that were updated within `pullRequestDays`; later, since the last pass',
    'merged pull requests': 'those of them, in all repositories, that were merged',
    'workflow runs of a repository': 'runs within `historyDays`; later, since the last pass',
    'commits of a repository with a push':
      'commits of the default branch within `historyDays`; later, since the last pass',
    'Dependabot alerts': 'alerts of all repositories, in every state',
    'code scanning alerts': 'alerts of all repositories, in every state',
    'secret scanning alerts': 'alerts of all repositories, in every state',
  },
};
