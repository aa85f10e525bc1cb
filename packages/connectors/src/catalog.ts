// One line a connector, in alphabetical order: with its own folder, all that a new connector needs.
export { aws } from './aws/index.ts';
export { github } from './github/index.ts';
export { jira } from './jira/index.ts';
export { okta } from './okta/index.ts';
