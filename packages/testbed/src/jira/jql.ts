import { wallClockTime } from './wall-clock.ts';
import type { JiraWorld, WorldIssue } from './world.ts';

export type Condition = (issue: WorldIssue) => boolean;

/**
 * The part of JQL that the tests speak: comparisons joined by AND, OR and parentheses, with an ORDER BY that is not looked at: the simulator shows the oldest first.
 * https://support.atlassian.com/jira-software-cloud/docs/use-advanced-search-with-jira-query-language-jql/
 * @param timeZone in which times are read
 * @returns null: Jira would refuse it
 */
export function parseJql(world: JiraWorld, jql: string, timeZone: string): Condition | null {
  const tokens = jql.replace(/\border by\b.*$/i, '').match(/"[^"]*"|[()]|[<>=!]+|[^\s()<>=!]+/g) ?? [];
  let at = 0;
  const isNext = (word: string) => tokens[at]?.toUpperCase() === word;

  function any(): Condition {
    const parts = [all()];
    while (isNext('OR')) {
      at += 1;
      parts.push(all());
    }
    return (issue) => parts.some((part) => part(issue));
  }

  function all(): Condition {
    const parts = [one()];
    while (isNext('AND')) {
      at += 1;
      parts.push(one());
    }
    return (issue) => parts.every((part) => part(issue));
  }

  function one(): Condition {
    if (isNext('(')) {
      at += 1;
      const inner = any();
      if (!isNext(')')) throw new SyntaxError('a parenthesis is not closed');
      at += 1;
      return inner;
    }
    const [field = '', operator = '', value = ''] = tokens.slice(at, at + 3);
    at += 3;
    return comparison(world, timeZone, field.toLowerCase(), operator, value.replace(/^"|"$/g, ''));
  }

  try {
    const condition = any();
    return at === tokens.length ? condition : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function comparison(world: JiraWorld, timeZone: string, field: string, operator: string, value: string): Condition {
  const keyOf = ({ projectId }: WorldIssue) => world.projects.find(({ id }) => id === projectId)?.key;
  switch (`${field} ${operator}`) {
    case 'type =':
      return ({ type }) => type === value;
    case 'labels =':
      return ({ labels }) => labels.includes(value);
    case 'status =':
      return ({ status }) => status === value;
    case 'project =':
      return (issue) => keyOf(issue) === value;
    case 'updated >=': {
      const from = wallClockTime(value, timeZone);
      if (from === null) throw new SyntaxError('no time');
      return ({ updatedAt }) => Date.parse(updatedAt) >= from;
    }
    default:
      throw new SyntaxError(`no comparison: ${field} ${operator}`);
  }
}
