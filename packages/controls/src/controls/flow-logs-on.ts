import { fail, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { some } from '../quantifiers.ts';

export const flowLogsOn = defineControl({
  id: 'flow-logs-on',
  title: 'Network traffic is recorded',
  // A VPC without a flow log is not in this evidence: that every VPC has one cannot be told from it.
  description:
    'At least one flow log of each AWS account is active, records the refused traffic of a whole VPC, and is delivered. It does not say that every VPC has one.',
  severity: 'medium',
  satisfies: ['soc2:CC7.2', 'iso27001:2022:A.8.15', 'iso27001:2022:A.8.16', 'iso27001:2013:A.12.4.1'],
  freshnessHours: 26,
  remediation: {
    aws: 'VPC, "Your VPCs", "Flow logs": create a flow log that records all or refused traffic of the VPC, and check that its destination lets the logs in.',
  },
  tests: [
    some('aws.vpc_flow_log', {
      otherwise: 'No flow log records and delivers the refused traffic of a VPC.',
      reads: ['resourceId', 'status', 'traffic', 'delivers'],
      resource: '{flowLogId} of {resourceId} in {region}',
      judge({ resourceId, status, traffic, delivers }) {
        if (!resourceId.startsWith('vpc-')) return fail('Records a part of a VPC only.');
        if (status !== 'ACTIVE') return fail('The flow log is not active.');
        if (traffic === 'ACCEPT') return fail('Records accepted traffic only.');
        if (delivers === false) return fail('The last delivery failed.');
        if (traffic === null) return unknown('AWS does not tell which traffic is recorded.');
        return delivers === null ? unknown('Nothing has been delivered yet.') : pass;
      },
    }),
  ],
});
