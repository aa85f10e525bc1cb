import { type HttpHandler, type HttpRequest, HttpResponse } from '@smithy/protocol-http';
import { requireAnswer } from './answer-document.ts';

/** An AWS request handler over `transport`. An answer that succeeded must be the whole document that was asked for. */
export function transportHandler(transport: typeof fetch): HttpHandler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    async handle(request, { abortSignal } = {}) {
      const answer = await transport(requestUrl(request), {
        method: request.method,
        headers: sentHeaders(request.headers),
        body: request.method === 'GET' || request.method === 'HEAD' ? null : (request.body ?? null),
        redirect: 'manual',
        // The SDK's own AbortSignal type is structural; the one handed to `send` is always the platform's.
        signal: (abortSignal as AbortSignal | undefined) ?? null,
      });
      const body = new Uint8Array(await answer.arrayBuffer());
      if (answer.ok && request.method !== 'HEAD') requireAnswer(request, new TextDecoder().decode(body));
      return {
        response: new HttpResponse({ statusCode: answer.status, headers: Object.fromEntries(answer.headers), body }),
      };
    },
  };
}

function requestUrl({ protocol, hostname, port, path, query }: HttpRequest): string {
  const url = new URL(`${protocol}//${hostname}${port ? `:${port}` : ''}`);
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === null ? [encode(name)] : [value].flat().map((one) => `${encode(name)}=${encode(one)}`),
  );
  // Joined by hand: URLSearchParams writes a space as `+`, and the signature was made over `%20`.
  return `${url.origin}${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
}

/** RFC 3986 escaping as signature version 4 wants it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** `host` and `content-length` are written by fetch itself, from the same URL and body that were signed. */
function sentHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(host|content-length)$/i.test(name)));
}
