import { describe, expect, it } from '@jest/globals';
import { mentionsIn } from './mentions.ts';

describe('what an issue mentions', () => {
  it('is found in its summary, its text, its links and its cards', () => {
    const href = 'https://github.com/Acme/web.site/security/code-scanning/12?ref=x';
    const description = {
      type: 'doc',
      content: [
        { type: 'text', text: 'See GHSA-jfh8-c2jp-5v3q, and CVE-2021-44228 again.' },
        { type: 'text', text: 'here', marks: [{ type: 'link', attrs: { href } }] },
        { type: 'inlineCard', attrs: { url: 'https://github.com/acme/api/security/dependabot/7' } },
      ],
    };
    expect(mentionsIn('CVE-2021-44228 in log4j', description)).toEqual([
      'acme/api/security/dependabot/7',
      'acme/web.site/security/code-scanning/12',
      'cve-2021-44228',
      'ghsa-jfh8-c2jp-5v3q',
    ]);
  });

  it('is nothing that people wrote otherwise', () => {
    expect(mentionsIn('Password of ada is hunter2, CVE-21', null)).toEqual([]);
    expect(mentionsIn(null, undefined)).toEqual([]);
  });
});
