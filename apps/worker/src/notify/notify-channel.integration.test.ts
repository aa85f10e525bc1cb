import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  addChannel,
  createDatabase,
  type Database,
  type Health,
  listChannels,
  listNotifications,
  readOrganizationKey,
  recordHealth,
  uuid,
} from '@evidence-fleet/db';
import { createLogger, createScrubber } from '@evidence-fleet/service';
import { createTenant, freePort, startBlackHole, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { channelAddress, createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type MailReceiver,
  startMailReceiver,
  startWebhookReceiver,
  type WebhookReceiver,
} from '../testing/receivers.ts';
import { type NotifyTools, notifyChannel } from './notify-channel.ts';

const ok: Health = { status: 'ok', account: { id: '1', title: 'One' }, quotaScope: 'one', grants: [] };
const error: Health = { status: 'error', code: 'authentication_failed', message: 'Revoked: make a new token.' };
const degraded: Health = { status: 'degraded', code: 'timeout', message: 'It did not answer.' };
const secret = 'whsec_planted-signing-secret';

describe('a job that sends notifications', () => {
  const vault = createVault(parseKeyring(generateKey('k1')));
  const login = { user: 'fleet', password: 'planted-smtp-password' };
  let server: TestDatabase;
  let database: Database;
  let hooks: WebhookReceiver;
  let mail: MailReceiver;
  let tools: NotifyTools;
  let log: string[];
  let target: { organizationId: string; integrationId: string };
  let slug: string;
  let number = 0;

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app });
  });
  afterAll(async () => {
    await database.close();
    await server.close();
  });
  beforeEach(async () => {
    slug = `tenant-${++number}`;
    hooks = await startWebhookReceiver();
    mail = await startMailReceiver({ login, hasTls: true, refuses: (address) => address.startsWith('nobody') });
    log = [];
    tools = {
      database,
      vault,
      network: { allowPrivate: [hooks.host] },
      smtp: smtp(mail.port),
      log: createLogger({
        name: 'test',
        level: 'debug',
        scrubber: createScrubber(),
        destination: { write: (line: string) => void log.push(line) },
      }),
      timeoutMs: 500,
    };
    const tenant = await createTenant(database, vault, slug);
    const { organizationId } = tenant;
    const credential = { kind: 'token', secrets: { token: 'planted-token' }, settings: { organizations: ['acme'] } };
    const integrationId = await tenant.add({ connector: 'github', name: 'hub', endpoint: 'https://x', ...credential });
    target = { organizationId, integrationId };
  });
  afterEach(() => Promise.all([hooks.close(), mail.close()]));

  /** `rejectUnauthorized`: the receiver's certificate is its own. */
  const smtp = (port: number, password = login.password) => ({
    url: `smtp://${login.user}:${password}@127.0.0.1:${port}/?tls.rejectUnauthorized=false`,
    from: 'Evidence Fleet <fleet@example.com>',
  });
  async function webhook(url = `http://${hooks.host}/in/planted-path?key=planted-query`): Promise<string> {
    const { organizationId } = target;
    const id = uuid();
    const key = await readOrganizationKey(database, organizationId);
    const sealed = await vault.seal(key, channelAddress(organizationId, id), { url, secret });
    const { origin } = new URL(url);
    await addChannel(
      database,
      { organizationId, id, name: `hook-${id}`, kind: 'webhook', target: origin, secret: sealed },
      'test',
    );
    return id;
  }
  async function mailTo(to: string): Promise<string> {
    const id = uuid();
    const { organizationId } = target;
    await addChannel(
      database,
      { organizationId, id, name: `mail-${id}`, kind: 'mail', target: to, secret: null },
      'test',
    );
    return id;
  }
  const tell = async (...found: Health[]) => {
    for (const health of found) await recordHealth(database, target, health);
  };
  const send = (channelId: string, signal = new AbortController().signal) =>
    notifyChannel(tools, { organizationId: target.organizationId, channelId }, signal);
  const channel = async (id: string) => {
    const found = (await listChannels(database, target.organizationId)).find((one) => one.id === id);
    return found ?? Promise.reject(new Error('no such channel'));
  };
  const deliveries = async () => {
    const listed = await listNotifications(database, { ...target, all: true, limit: 50 });
    return listed.toReversed().flatMap((one) => one.deliveries.map(({ state, error: why }) => `${state}: ${why}`));
  };
  const printed = async (id: string) => JSON.stringify([log, await channel(id), await deliveries()]);

  describe('to a webhook', () => {
    it('posts each in order, signed over time and body, under an id of its own', async () => {
      const id = await webhook();
      await tell(error, ok);
      expect(await send(id)).toEqual({ kind: 'webhook', sent: 2, failed: 0 });
      const bodies = hooks.posts.map(({ body }) => JSON.parse(body));
      expect(bodies).toMatchObject([
        {
          kind: 'integration.error',
          organization: slug,
          integration: { id: target.integrationId, name: 'hub' },
          message: expect.stringContaining('make a new token'),
          createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
        { kind: 'integration.recovered' },
      ]);
      for (const { path, headers, body } of hooks.posts) {
        expect(path).toBe('/in/planted-path?key=planted-query');
        expect(headers['fleet-notification-id']).toBe(JSON.parse(body).id);
        const [, seconds, signature = ''] =
          /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['fleet-signature'])) ?? [];
        expect(Math.abs(Number(seconds) - Date.now() / 1_000)).toBeLessThan(60);
        const due = createHmac('sha256', secret).update(`${seconds}.${body}`).digest();
        expect(timingSafeEqual(due, Buffer.from(signature, 'hex'))).toBe(true);
      }
      expect(await deliveries()).toEqual(['delivered: null', 'delivered: null']);
      expect(await send(id)).toEqual({ kind: 'webhook', sent: 0, failed: 0 });
      expect(hooks.posts).toHaveLength(2);
    });

    it('stops at the first that is refused, and sends the same again, under the same id', async () => {
      const id = await webhook();
      await tell(error, ok);
      hooks.answer = (response) => void response.writeHead(500).end('planted-answer');
      expect(await send(id)).toEqual({ kind: 'webhook', sent: 0, failed: 1 });
      expect(hooks.posts).toHaveLength(1);
      expect(await channel(id)).toMatchObject({ failures: 1, failingReason: 'It answered 500.', pending: 2 });
      hooks.answer = (response) => void response.writeHead(200).end();
      expect(await send(id)).toMatchObject({ sent: 2, failed: 0 });
      const ids = hooks.posts.map(({ headers }) => headers['fleet-notification-id']);
      expect(new Set(ids).size).toBe(2);
      expect(await channel(id)).toMatchObject({ failures: 0, failingReason: null, pending: 0 });
    });

    it.each<[string, (response: Parameters<WebhookReceiver['answer']>[0]) => void, RegExp]>([
      ['never answers', () => {}, /did not answer within 0\.5 s/],
      ['hangs up', (response) => void response.socket?.destroy(), /connection was closed|reset/],
      [
        'leads elsewhere',
        (response) => void response.writeHead(302, { location: 'http://a/' }).end(),
        /302.*redirects/,
      ],
      ['knows no such address', (response) => void response.writeHead(404).end(), /404.*address/],
    ])('says so when it %s, and tells no secret of the address', async (_name, answer, reason) => {
      const id = await webhook();
      await tell(error);
      hooks.answer = answer;
      expect(await send(id)).toMatchObject({ sent: 0, failed: 1 });
      expect((await channel(id)).failingReason).toMatch(reason);
      expect(await printed(id)).not.toMatch(/planted/);
    });

    it('says so when nobody listens, and when there is no such host', async () => {
      const closed = `127.0.0.1:${await freePort()}`;
      tools = { ...tools, network: { allowPrivate: [closed] } };
      const ids = [await webhook(`http://${closed}/planted`), await webhook('https://no-such-host.invalid/planted')];
      await tell(error);
      for (const id of ids) expect(await send(id)).toMatchObject({ failed: 1 });
      expect((await channel(ids[0] ?? '')).failingReason).toMatch(/refused the connection/);
      expect((await channel(ids[1] ?? '')).failingReason).toMatch(/^no-such-host\.invalid could not be/);
    });

    it.each(['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '10.0.0.1', '2130706433'])(
      'reaches no private address: %s',
      async (host) => {
        const port = hooks.host.split(':')[1];
        tools = { ...tools, network: { allowPrivate: [] } };
        const ids = [await webhook(`https://${host}:${port}/`), await webhook(`http://${host}:${port}/`)];
        await tell(error);
        for (const id of ids) expect(await send(id)).toMatchObject({ sent: 0, failed: 1 });
        expect((await channel(ids[0] ?? '')).failingReason).toMatch(/private address/);
        expect((await channel(ids[1] ?? '')).failingReason).toMatch(/must be reached over https/);
        expect(hooks.posts).toEqual([]);
      },
    );

    it('leaves the rest to the next worker when this one is stopped, and blames nobody', async () => {
      const id = await webhook();
      await tell(error, ok);
      const stop = new AbortController();
      hooks.answer = () => stop.abort('shutdown');
      expect(await send(id, stop.signal)).toMatchObject({ sent: 0, failed: 0 });
      expect(await channel(id)).toMatchObject({ failures: 0, pending: 2 });
      hooks.answer = (response) => void response.writeHead(200).end();
      expect(await send(id)).toMatchObject({ sent: 2 });
    });

    it('says what to do when its secret cannot be opened', async () => {
      const id = await webhook();
      await tell(error);
      tools = { ...tools, vault: createVault(parseKeyring(generateKey('k2'))) };
      expect(await send(id)).toMatchObject({ failed: 1 });
      expect((await channel(id)).failingReason).toMatch(/"k1", which is not in the keyring/);
    });
  });

  describe('by mail', () => {
    it('sends all that is pending in one, with a subject that says it', async () => {
      const id = await mailTo('a@example.com,b@example.com');
      await tell(error);
      expect(await send(id)).toEqual({ kind: 'mail', sent: 1, failed: 0 });
      await tell(degraded, ok);
      expect(await send(id)).toMatchObject({ sent: 2 });
      const [one, two] = mail.mails;
      expect(one).toMatchObject({ from: 'fleet@example.com', to: ['a@example.com', 'b@example.com'] });
      expect(one?.raw).toMatch(new RegExp(`Subject: ${slug}: hub needs you`));
      expect(two?.raw).toMatch(new RegExp(`Subject: ${slug}: 2 notifications`));
      expect(two?.raw).toMatch(/integration\.degraded.*integration\.recovered/s);
      expect(await deliveries()).toEqual(['delivered: null', 'delivered: null', 'delivered: null']);
    });

    it('counts as sent, and says which address was refused, when others were not', async () => {
      const id = await mailTo('a@example.com,nobody@example.com');
      await tell(error);
      expect(await send(id)).toMatchObject({ sent: 1, failed: 0 });
      expect(await deliveries()).toEqual(['delivered: Refused: nobody@example.com.']);
    });

    it('says so when every address is refused, and tries again', async () => {
      const id = await mailTo('nobody@example.com');
      await tell(error);
      expect(await send(id)).toMatchObject({ sent: 0, failed: 1 });
      expect(await channel(id)).toMatchObject({
        pending: 1,
        failingReason: expect.stringMatching(/refuses the addresses.*550/),
      });
    });

    it('waits no longer for a server that says nothing than for any other', async () => {
      const silent = await startBlackHole(mail.port);
      try {
        silent.swallow();
        tools = { ...tools, smtp: smtp(silent.port) };
        const id = await mailTo('a@example.com');
        await tell(error);
        expect(await send(id)).toMatchObject({ failed: 1 });
        expect((await channel(id)).failingReason).toBe('The mail server does not answer in time.');
      } finally {
        await silent.close();
      }
    });

    it.each<[string, () => Promise<NotifyTools['smtp']>, RegExp]>([
      ['nobody listens', async () => smtp(await freePort()), /cannot be reached|failed|refuses the connection/],
      ['the login is wrong', async () => smtp(mail.port, 'planted-wrong'), /refuses the login/],
      [
        'the certificate is not valid',
        async () => ({ ...smtp(mail.port), url: smtp(mail.port).url.split('/?')[0] ?? '' }),
        /TLS|failed/,
      ],
      ['none is configured', async () => null, /SMTP_URL/],
    ])('says so when %s, without a secret', async (_name, configured, reason) => {
      const id = await mailTo('a@example.com');
      tools = { ...tools, smtp: await configured() };
      await tell(error);
      expect(await send(id)).toMatchObject({ sent: 0, failed: 1 });
      expect((await channel(id)).failingReason).toMatch(reason);
      expect(await printed(id)).not.toMatch(/planted/);
      expect(mail.mails).toEqual([]);
    });

    it('goes over no connection in the clear, unless the operator says so', async () => {
      const plain = await startMailReceiver({ login, hasTls: false });
      try {
        const id = await mailTo('a@example.com');
        tools = { ...tools, smtp: smtp(plain.port) };
        await tell(error);
        expect(await send(id)).toMatchObject({ failed: 1 });
        expect(plain.mails).toEqual([]);
        const { url, from } = smtp(plain.port);
        tools = { ...tools, smtp: { url: `${url}&requireTLS=false`, from } };
        expect(await send(id)).toMatchObject({ sent: 1, failed: 0 });
      } finally {
        await plain.close();
      }
    });
  });
});
