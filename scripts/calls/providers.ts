import { openAws } from './aws.ts';
import { openGitHub } from './github.ts';
import { openJira } from './jira.ts';
import { openOkta } from './okta.ts';

/** How to open each provider's world, by connector. */
export const providers = { aws: openAws, github: openGitHub, jira: openJira, okta: openOkta } as const;
