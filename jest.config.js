/** Tests run as ES modules, straight from TypeScript. Integration tests start their own servers through packages/testbed. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/{apps,packages,scripts}/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  globalSetup: '<rootDir>/packages/testbed/src/jest/make-run-folder.mjs',
  globalTeardown: '<rootDir>/packages/testbed/src/jest/remove-run-folder.mjs',
  testSequencer: '<rootDir>/packages/testbed/src/jest/longest-first.mjs',
  modulePathIgnorePatterns: ['<rootDir>/.testbed'],
  testTimeout: 60_000,
  // Many files wait more than they work.
  maxWorkers: 3,
  forceExit: false,
};
