import { fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

/** HealthInsight of Okta: two hours. https://help.okta.com/oie/en-us/Content/Topics/Security/healthinsight/session-lifetime.htm */
const longestIdleMinutes = 120;
/** The Security Technical Implementation Guide for Okta: 18 hours. */
const longestLifetimeMinutes = 1_080;

export const sessionsLimited = defineControl({
  id: 'sessions-limited',
  title: 'Sessions end by themselves',
  description: `Every active session policy of Okta ends idle sessions after at most ${longestIdleMinutes} minutes, and any session after at most ${longestLifetimeMinutes / 60} hours.`,
  severity: 'medium',
  satisfies: [
    'soc2:CC6.1',
    'iso27001:2022:A.8.5',
    'iso27001:2022:A.8.1',
    'iso27001:2013:A.6.2.1',
    'iso27001:2013:A.9.4.2',
  ],
  freshnessHours: 26,
  remediation: {
    okta: `Security, "Global session policy": edit each rule that allows access, set the maximum lifetime to ${longestLifetimeMinutes / 60} hours or less and the maximum idle time to ${longestIdleMinutes / 60} hours or less.`,
  },
  tests: [
    every('okta.sign_on_policy', {
      reads: ['status', 'rules'],
      resource: '{name}',
      judge({ status, rules }) {
        if (status !== 'ACTIVE') return notApplicable('The policy is not active.');
        const lettingIn = rules.filter((rule) => rule.status === 'ACTIVE' && rule.access === 'ALLOW');
        const lax = lettingIn.find(
          (rule) =>
            exceeds(rule.maxIdleMinutes, longestIdleMinutes) ||
            exceeds(rule.maxLifetimeMinutes, longestLifetimeMinutes),
        );
        if (lax) return fail(`The rule "${lax.name}" lets sessions last too long.`);
        if (lettingIn.some((rule) => rule.maxIdleMinutes === null || rule.maxLifetimeMinutes === null))
          return unknown('Okta does not tell of each rule how long a session lasts.');
        return pass;
      },
    }),
  ],
});

/** 0 stands for no limit. */
function exceeds(minutes: number | null, most: number): boolean {
  return minutes !== null && (minutes === 0 || minutes > most);
}
