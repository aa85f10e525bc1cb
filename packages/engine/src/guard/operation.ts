/** Longer names are cut: an operation is a label, not an address. */
const longestName = 120;

/**
 * Names the operation of a request by its method and path, without what looks like an id, and without the query:
 * `GET /api/v1/users/{id}/factors`.
 */
export function operationOf(method: string, url: URL): string {
  const path = url.pathname.split('/').map((segment) => (looksLikeId(segment) ? '{id}' : segment));
  return `${method} ${path.join('/')}`.slice(0, longestName);
}

function looksLikeId(segment: string): boolean {
  if (/^v\d+(\.\d+)?$/.test(segment)) return false; // an API's version
  return (
    /^\d+$/.test(segment) ||
    /[%@:~]/.test(segment) || // addresses, names of people, ARNs
    /^[A-Za-z][A-Za-z0-9_]*-\d+$/.test(segment) || // PROJ-123
    /^[0-9a-f-]{12,}$/i.test(segment) ||
    (segment.length >= 12 && /\d/.test(segment)) ||
    segment.length >= 40
  );
}
