// `npm run prove:permissions`: the least policy of AWS, with signatures and policies enforced. Under exactly the policy of all streams, and
// under that of each stream alone, nothing is refused; without any one permission somebody says which one it is. Exit 1 where that fails.
import { complaintsWithout, openEnforcedAccount } from './permissions/enforced-account.ts';

const account = await openEnforcedAccount();
const failures: string[] = [];
try {
  await account.allow(account.permissions);
  for (const stream of account.streams) {
    const complaints = await account.complaintsOf(stream);
    if (complaints.length > 0 || !account.hasShown(stream))
      failures.push(`${stream.evidence.name} under the whole policy: ${complaints[0] ?? 'nothing was read'}`);
  }
  for (const stream of account.streams) {
    await account.allow(stream.permissions);
    const [complaint] = await account.complaintsOf(stream);
    if (complaint !== undefined) failures.push(`${stream.evidence.name} under its own policy: ${complaint}`);
  }
  for (const permission of account.permissions) {
    const complaints = await complaintsWithout(account, permission);
    const naming = complaints.filter((one) => one.includes(permission)).length;
    console.log(`${permission.padEnd(44)} ${naming} of ${complaints.length} complaints name it`);
    if (naming === 0 || naming < complaints.length) failures.push(`without ${permission}: ${complaints.join(' ')}`);
  }
} finally {
  await account.close();
}
for (const failure of failures) console.error(failure);
console.log(
  `${account.streams.length} streams, ${account.permissions.length} permissions, ${failures.length} failures`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
