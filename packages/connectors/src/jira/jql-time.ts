import { ConnectorError } from '@evidence-fleet/connector-sdk';

const minuteMs = 60_000;

/**
 * A time for JQL, which knows minutes only and reads them in the time zone of the user who searches. Rounded down; where clocks are set back
 * one text names two times, and then an earlier, single one is given: a search may begin too early, and never too late.
 * https://support.atlassian.com/jira-software-cloud/docs/jql-fields/#Updated
 * @returns e.g. `2026-11-28 07:35`
 */
export function jqlTime(time: Date, timeZone: string): string {
  const wall = wallClock(timeZone);
  const text = wall(time);
  const isNamedTwice = [30, 60].some((minutes) => wall(new Date(time.getTime() + minutes * minuteMs)) === text);
  return isNamedTwice ? wall(new Date(time.getTime() - 60 * minuteMs)) : text;
}

function wallClock(timeZone: string): (time: Date) => string {
  try {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
    return (time) => format.format(time);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConnectorError('malformed', "Jira names a time zone of the user's that does not exist.", {
      cause: error,
    });
  }
}
