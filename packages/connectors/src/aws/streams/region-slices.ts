import type { Slice } from '@evidence-fleet/connector-sdk';
import type { Aws } from '../client.ts';

/** One slice a region, so that a region that refuses leaves the others whole. */
export async function regionSlices(aws: Aws): Promise<readonly Slice[]> {
  return (await aws.regions()).map((id) => ({ id }));
}
