import { awsVocabulary } from './aws-vocabulary.ts';
import { githubVocabulary } from './github-vocabulary.ts';
import { jiraVocabulary } from './jira-vocabulary.ts';
import { oktaVocabulary } from './okta-vocabulary.ts';
import type { CredentialView, Vocabulary } from './vocabulary.ts';

const vocabularies: Readonly<Record<string, (view: CredentialView) => Vocabulary>> = {
  aws: awsVocabulary,
  github: githubVocabulary,
  jira: jiraVocabulary,
  okta: oktaVocabulary,
};

/** Of a connector whose words nobody has taught us, permissions are what its streams say, and grants are not compared with them. */
const plain: Vocabulary = {
  needed: ({ permissions }) => permissions,
  granted: null,
  covers: (grant, permission) => grant === permission,
  excess: async () => null,
  notes: [],
};

export function vocabularyOf(connectorId: string, view: CredentialView): Vocabulary {
  return vocabularies[connectorId]?.(view) ?? plain;
}
