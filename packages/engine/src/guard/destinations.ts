import { ConnectorError } from '@evidence-fleet/connector-sdk';

/** Throws a ConnectorError unless credentials may be sent to this URL. */
export type DestinationCheck = (url: URL) => void;

/**
 * Pins calls to the connector's hosts over https, and to the operator's endpoint in whatever scheme that has.
 * @param hosts exact names, `*.suffix`, or either with `:port`; without a port only the scheme's own
 */
export function createDestinationCheck(hosts: readonly string[], endpoint: string | undefined): DestinationCheck {
  const origin = endpoint === undefined ? undefined : new URL(endpoint).origin;
  return (url) => {
    if (url.origin === origin) return;
    if (url.protocol !== 'https:') {
      throw new ConnectorError(
        'configuration_error',
        `${url.hostname} must be reached over https, not ${url.protocol.slice(0, -1)}.`,
      );
    }
    if (!hosts.some((host) => matches(url, host.toLowerCase()))) {
      throw new ConnectorError(
        'malformed',
        `A call was about to leave for ${url.host}, which is not a host of this connector.`,
      );
    }
  };
}

function matches(url: URL, host: string): boolean {
  if (!host.startsWith('*.')) return url.host === host;
  // `host` carries the port unless it is the scheme's own, so a suffix without a port matches no other port
  return url.host.endsWith(host.slice(1)) && url.host.length > host.length - 1;
}
