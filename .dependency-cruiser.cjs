/** The floors of the house (docs/architecture.md): a package imports only floors below its own; apps import packages, never apps. */
const floor0 = 'connector-sdk|vault|service|db|queue|quota';
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: `^packages/(${from})/`, pathNot: '[.]integration[.]test[.]ts$' },
  to: { path: '^(packages|apps)/', pathNot: `^packages/($1${allowed ? `|${allowed}` : ''})/` },
});

module.exports = {
  forbidden: [
    only('floor-0-imports-no-sibling', floor0, ''),
    only('connectors-import-the-sdk', 'connectors', 'connector-sdk'),
    only('engine-imports-sdk-and-service', 'engine', 'connector-sdk|service'),
    only('controls-import-connectors-and-sdk', 'controls', 'connectors|connector-sdk'),
    only('presentation-imports-what-it-shows', 'presentation', 'connectors|controls|db|engine'),
    only('the-client-imports-nothing-of-ours', 'client', ''),
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'testbed-is-for-tests-and-scripts',
      severity: 'error',
      from: {
        path: '^(apps|packages)/',
        pathNot: '([.]test[.]ts$|^packages/testbed/|/testing/|^apps/cli/src/embedded)',
      },
      to: { path: '^packages/testbed/' },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'only-queue-knows-bullmq',
      severity: 'error',
      from: { path: '^(apps|packages)/', pathNot: '^packages/queue/' },
      to: { path: 'node_modules/bullmq' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'packages/db/src/generated' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
