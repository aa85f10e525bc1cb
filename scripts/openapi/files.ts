import { endpoints } from '../../apps/api/src/endpoints.ts';
import { openapi } from '../../apps/api/src/openapi.ts';
import { type Description, typeSource } from './type-source.ts';

/** The files that are generated from the API, by their paths from the root of the repository. */
export async function openapiFiles(): Promise<Record<string, string>> {
  const description = openapi(endpoints);
  return {
    'docs/openapi.json': `${JSON.stringify(description, null, 2)}\n`,
    'packages/client/src/api.ts': typeSource(description as unknown as Description), // made above, in this shape
  };
}
