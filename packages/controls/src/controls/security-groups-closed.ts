import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

interface Rule {
  readonly protocol: string;
  readonly fromPort: number | null;
  readonly toPort: number | null;
  readonly peer: string;
}

const tcp: ReadonlySet<string> = new Set(['all', 'tcp', '6']);
const tcpOrUdp: ReadonlySet<string> = new Set([...tcp, 'udp', '17']);

/** What nobody offers to the world on purpose: administration and data stores, at the ports they are known by. */
const services = [
  { name: 'SSH', port: 22, over: tcp },
  { name: 'SQL Server', port: 1433, over: tcp },
  { name: 'Oracle', port: 1521, over: tcp },
  { name: 'MySQL', port: 3306, over: tcp },
  { name: 'RDP', port: 3389, over: tcpOrUdp },
  { name: 'PostgreSQL', port: 5432, over: tcp },
  { name: 'Redshift', port: 5439, over: tcp },
  { name: 'Redis', port: 6379, over: tcp },
  { name: 'OpenSearch', port: 9200, over: tcp },
  { name: 'Memcached', port: 11211, over: tcpOrUdp },
  { name: 'MongoDB', port: 27017, over: tcp },
] as const;

export const securityGroupsClosed = defineControl({
  id: 'security-groups-closed',
  title: 'Administration and databases are not open to the world',
  description: `No security group lets the whole of IPv4 or IPv6 in to every port, or to ${services.map(({ name }) => name).join(', ')}.`,
  severity: 'critical',
  satisfies: [
    'soc2:CC6.6',
    'iso27001:2022:A.8.20',
    'iso27001:2022:A.8.22',
    'iso27001:2013:A.13.1.1',
    'iso27001:2013:A.13.1.3',
  ],
  freshnessHours: 26,
  remediation: {
    aws: 'Delete the inbound rule for 0.0.0.0/0 or ::/0, or narrow it to the addresses of a VPN or bastion; use Session Manager to reach instances.',
  },
  tests: [
    every('aws.security_group', {
      reads: ['ingress'],
      resource: '{groupName} ({groupId}) in {region}',
      judge({ ingress }) {
        const fromWorld = ingress.filter(({ peer }) => peer === '0.0.0.0/0' || peer === '::/0');
        if (fromWorld.some(opensAll)) return fail('Every port is open to the world.');
        const open = services.filter((service) => fromWorld.some((rule) => reaches(rule, service)));
        return open.length === 0 ? pass : fail(`Open to the world: ${open.map(({ name }) => name).join(', ')}.`);
      },
    }),
  ],
});

function opensAll(rule: Rule): boolean {
  return rule.protocol === 'all' || (tcp.has(rule.protocol) && covers(rule, 1) && covers(rule, 65_535));
}

function reaches(rule: Rule, { port, over }: (typeof services)[number]): boolean {
  return over.has(rule.protocol) && covers(rule, port);
}

/** A rule without ports is for every port. */
function covers({ fromPort, toPort }: Rule, port: number): boolean {
  return fromPort === null || toPort === null || (fromPort <= port && port <= toPort);
}
