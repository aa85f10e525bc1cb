// `npm run check:chart`: the Helm chart renders by every choice of its values, Kubernetes takes what it renders, and what is misspelt is refused.
import { problemsOf } from './chart/expectations.ts';
import { openChart } from './chart/render.ts';

/** One choice of each kind, beside the defaults. */
const choices: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { 'api.enabled': true, 'image.digest': `sha256:${'0'.repeat(64)}` },
  { 'worker.autoscaling.enabled': false, 'worker.replicas': 3, 'serviceAccount.create': false },
  { 'keys.kmsKeys': 'arn:aws:kms:eu-central-1:123456789012:key/x', 'smtp.from': 'fleet@example.com' },
  {
    env: { NODE_EXTRA_CA_CERTS: '/tmp/ca.pem' },
    'networkPolicy.postgres.to': [{ podSelector: {} }],
    allowPrivate: ['10.1.2.3'],
  },
  {
    'migrate.enabled': false,
    imagePullSecrets: [{ name: 'registry' }],
    'scheduler.tolerations': [{ operator: 'Exists' }],
  },
];

/** Values that helm must refuse, by the chart's schema. */
const mistakes: readonly Readonly<Record<string, unknown>>[] = [
  { 'worker.slotz': 5 },
  { 'worker.slots.sync': 0 },
  { quotaShare: 1.5 },
  { env: { DATABASE_URL: 'postgresql://app:secret@db/fleet' } },
  { secretName: '' },
];

const chart = await openChart();
if (typeof chart === 'string') {
  console.error(`The chart was not checked. ${chart}`);
} else {
  await chart.lint();
  const failures: string[] = [];
  for (const values of choices) {
    const said = problemsOf(await chart.render(values));
    failures.push(...said.map((problem) => `${JSON.stringify(values)}: ${problem}`));
  }
  for (const values of mistakes) {
    const isRefused = await chart.render(values).then(
      () => false,
      () => true,
    );
    if (!isRefused) failures.push(`${JSON.stringify(values)} is not refused`);
  }
  for (const failure of failures) console.error(failure);
  if (failures.length > 0) process.exit(1);
}
