import ipaddr from 'ipaddr.js';

/** Where provider calls may go besides the public internet: an operator's decision, never a tenant's. */
export interface NetworkPolicy {
  /** Address ranges (`10.0.0.0/8`), or hosts with or without a port (`127.0.0.1:4566`, `[::1]:80`, `github.corp.example`). */
  readonly allowPrivate: readonly string[];
}

/** May a connection to this address be used? `hostname` and `port` are what the URL said. */
export type AddressCheck = (address: string, hostname: string, port: string) => boolean;

/** Public unicast, and yet a cloud's own: Azure's WireServer, https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16 */
const refusedPublic: readonly string[] = ['168.63.129.16'];

/** The only IPv6 space that is routed publicly, https://www.iana.org/assignments/ipv6-address-space/ */
const globalUnicast = ipaddr.IPv6.parse('2000::');

/**
 * Builds the check of one policy. Public unicast addresses pass; everything else (loopback, private, link-local with the
 * clouds' metadata services, carrier-grade NAT, unique local, mapped or translated forms of these) only if the policy names it.
 * @throws RangeError when an entry of the policy is neither a range nor a host
 */
export function createAddressCheck(policy: NetworkPolicy): AddressCheck {
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];
  const hosts = new Set<string>();
  for (const entry of policy.allowPrivate) {
    if (entry.includes('/')) ranges.push(parseRange(entry));
    else hosts.add(parseHost(entry));
  }
  return (address, hostname, port) => {
    const parsed = plainAddress(address);
    if (parsed === undefined) return false;
    if (isPublic(parsed)) return true;
    for (const name of [hostname, parsed.toString()]) {
      if (hosts.has(name) || hosts.has(`${name}:${port}`)) return true;
    }
    return ranges.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
  };
}

/** The address a connection ends at: IPv4 mapped into IPv6, or translated by NAT64, is the IPv4 address within. */
function plainAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const bare = address.split('%')[0] ?? '';
  if (!ipaddr.isValid(bare)) return undefined;
  const parsed = ipaddr.process(bare);
  if (parsed instanceof ipaddr.IPv6 && parsed.range() === 'rfc6052')
    return new ipaddr.IPv4(parsed.toByteArray().slice(12));
  return parsed;
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast' || refusedPublic.includes(address.toString())) return false;
  return address instanceof ipaddr.IPv4 || address.match(globalUnicast, 3);
}

function parseRange(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  try {
    return ipaddr.parseCIDR(entry);
  } catch (cause) {
    throw new RangeError(`"${entry}" is not an address range like 10.0.0.0/8.`, { cause });
  }
}

/** As a URL would write it, brackets of IPv6 left out: `host` or `host:port`. */
function parseHost(entry: string): string {
  // the scheme is one without a default port of its own, so that no port disappears
  const url = URL.parse(`fleet://${entry}`);
  const plain = url === null ? undefined : URL.parse(`http://${url.hostname}`);
  if (url === null || !plain || `${url.pathname}${url.search}${url.hash}${url.username}` !== '') {
    throw new RangeError(`"${entry}" is neither a host, a host:port nor an address range.`);
  }
  const hostname = plain.hostname.replace(/^\[|\]$/g, '');
  return url.port === '' ? hostname : `${hostname}:${url.port}`;
}
