import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { appManifest, manifestPlaceholders, tokenScopes } from './app-manifest.ts';
import { github } from './index.ts';
import { access, appPermissions } from './permissions.ts';

/** GitHub's own description of its API; it lies beside the repository and is not part of it. */
const description = fileURLToPath(new URL('../../../../../shared/specs/github-rest.openapi.json', import.meta.url));

describe('the manifest of a GitHub App', () => {
  it('asks for what the chosen evidence needs, to read, and for nothing else', () => {
    expect(appManifest(['github.team', 'github.workflow_run'])).toEqual({
      ...manifestPlaceholders,
      public: false,
      default_permissions: { actions: 'read', members: 'read', metadata: 'read' },
      default_events: [],
    });
  });

  it('covers everything when nothing is chosen, and carries the addresses it is given', () => {
    const place = { name: 'Acme Evidence', url: 'https://acme.example', redirect_url: 'https://fleet.acme.example/cb' };
    const manifest = appManifest([], place);
    expect(manifest).toMatchObject(place);
    expect(Object.keys(manifest.default_permissions)).toEqual(Object.keys(appPermissions).sort());
  });

  it('says which evidence it does not know', () => {
    expect(() => appManifest(['github.team', 'okta.user'])).toThrow('okta.user');
  });
});

describe('the scopes of a token', () => {
  it('are those of the chosen evidence, without what another scope includes', () => {
    expect(tokenScopes(['github.dependabot_alert'])).toEqual(['security_events']);
    expect(tokenScopes(['github.dependabot_alert', 'github.repository'])).toEqual(['repo']);
    expect(tokenScopes([])).toEqual(['admin:org', 'admin:org_hook', 'read:repo_hook', 'repo']);
  });
});

describe('the permissions', () => {
  it('stand with every evidence type that is collected, and with no other', () => {
    const collected = github.streams.map(({ evidence }) => evidence.name);
    expect(Object.keys(access).sort()).toEqual([...collected].sort());
  });

  (existsSync(description) ? it : it.skip)('are ones that GitHub knows, and may be granted to read', () => {
    const { components } = JSON.parse(readFileSync(description, 'utf8'));
    const known = components.schemas['app-permissions'].properties;
    for (const name of Object.keys(appPermissions))
      expect([name, known[name]?.enum]).toEqual([name, expect.arrayContaining(['read'])]);
  });
});
