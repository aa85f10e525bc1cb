interface Description {
  readonly openapi: string;
  readonly info: object;
  readonly servers?: readonly object[];
  readonly security?: readonly object[];
  readonly paths: Readonly<Record<string, object>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * What an API description says of some paths, and all that this refers to: a validating proxy takes seconds to read a large one as a whole.
 * @param isServed hears each path with the names of its parameters in their places, e.g. `/repos/owner/repo`
 */
export function servedDescription(whole: Description, isServed: (path: string) => boolean): Description {
  const { openapi, info, servers = [], security = [] } = whole;
  const paths = Object.fromEntries(
    Object.entries(whole.paths).filter(([path]) => isServed(path.replaceAll(/[{}]/g, ''))),
  );
  const { securitySchemes = {} } = whole.components; // named, not referred to
  const components: Record<string, Record<string, unknown>> = { securitySchemes };
  const follow = (value: unknown) => {
    if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) follow(one);
    if (typeof value !== 'string') return;
    // In `$ref`, and in the mapping of a discriminator.
    const [, section = '', name = ''] = /^#\/components\/(\w+)\/([^/]+)/.exec(value) ?? [];
    const found = whole.components[section]?.[name];
    if (found === undefined || components[section]?.[name] !== undefined) return;
    components[section] = { ...components[section], [name]: found };
    follow(found);
  };
  follow(paths);
  return { openapi, info, servers, security, paths, components };
}
