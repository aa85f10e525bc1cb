import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

interface ReceivedPost {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An HTTP server that takes webhooks. */
export interface WebhookReceiver {
  readonly host: string;
  readonly posts: ReceivedPost[];
  /** How posts are answered from now on. */
  answer: (response: ServerResponse, post: ReceivedPost) => void;
  close(): Promise<void>;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const posts: ReceivedPost[] = [];
  const receiver = {
    host: '',
    posts,
    answer: (response: ServerResponse) => void response.writeHead(204).end(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer(async (request, response) => {
    const post = { path: request.url ?? '', headers: request.headers, body: await text(request) };
    posts.push(post);
    (receiver as WebhookReceiver).answer(response, post);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.host = `127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server that listens has no other kind of address
  return receiver;
}

interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
}

/** A mail server: STARTTLS with a certificate of its own, or none. */
export interface MailReceiver {
  readonly port: number;
  readonly mails: ReceivedMail[];
  close(): Promise<void>;
}

/** @param options.refuses recipients that it refuses */
export async function startMailReceiver(options: {
  readonly login: { readonly user: string; readonly password: string };
  readonly hasTls: boolean;
  refuses?(address: string): boolean;
}): Promise<MailReceiver> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    disabledCommands: options.hasTls ? [] : ['STARTTLS'],
    logger: false, // the certificate that comes with it is for tests, and it says so on standard error
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      const isKnown = username === options.login.user && password === options.login.password;
      done(isKnown ? null : new Error('unknown user'), { user: username });
    },
    onRcptTo({ address }, _session, done) {
      if (options.refuses?.(address)) done(Object.assign(new Error(`no such user ${address}`), { responseCode: 550 }));
      else done();
    },
    onData(stream, { envelope }, done) {
      void text(stream).then((raw) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw });
        done();
      });
    },
  });
  server.on('error', () => {}); // a client that hangs up
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo; // as above
  return { port, mails, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
