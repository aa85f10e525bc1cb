import { fail, pass } from '../answer.ts';
import { defineControl } from '../control.ts';
import { some } from '../quantifiers.ts';

export const trailLoggingAllRegions = defineControl({
  id: 'trail-logging-all-regions',
  title: 'API calls are logged in all regions',
  description:
    'At least one CloudTrail trail of each AWS account is logging, covers all regions, records all management events and delivers them.',
  severity: 'high',
  satisfies: ['soc2:CC7.2', 'iso27001:2022:A.8.15', 'iso27001:2013:A.12.4.1', 'iso27001:2013:A.12.4.3'],
  freshnessHours: 26,
  remediation: {
    aws: 'Create a trail for all regions (or an organization trail) with read and write management events and no excluded sources, start logging, and check that its bucket accepts the deliveries.',
  },
  tests: [
    some('aws.cloudtrail_trail', {
      otherwise: 'No trail is logging all management events of all regions and delivering them.',
      reads: ['isLogging', 'isMultiRegion', 'managementEvents', 'deliveryError'],
      resource: '{name} in {homeRegion}',
      judge(trail) {
        if (!trail.isLogging) return fail('Logging is stopped.');
        if (!trail.isMultiRegion) return fail('Covers its own region only.');
        if (trail.managementEvents !== 'all') return fail('Does not record all management events.');
        if (trail.deliveryError !== null) return fail(`The last delivery failed: ${trail.deliveryError}.`);
        return pass;
      },
    }),
  ],
});
