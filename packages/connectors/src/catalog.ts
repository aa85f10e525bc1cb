// One line a connector, in alphabetical order: with its own folder, all that a new connector needs.
export { github } from './github/index.ts';
