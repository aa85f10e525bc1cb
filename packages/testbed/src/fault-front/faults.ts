import type { Delivery, FaultAdapter, FrontAnswer, FrontFault, FrontSite, RefusalStatus, Struck } from './adapter.ts';

/** Every fault that a provider of this adapter can have: what any may have, what lists may have, and its own. */
export function faultsOf(adapter: FaultAdapter): readonly FrontFault[] {
  return [...refusals, ...broken, ...bodies, ...redirects, ...lists, ...heavy, ...adapter.faults];
}

const anywhere = () => true;
const hasBody = ({ method, status }: FrontSite) => method !== 'HEAD' && status === 200;

const answer = (one: FrontAnswer): Delivery => ({ kind: 'answer', answer: one });

function refusal(name: string, status: RefusalStatus, headers: () => Record<string, string> = () => ({})): FrontFault {
  return {
    name,
    fits: anywhere,
    strike: ({ adapter, call }) => answer(adapter.refuse(call, status, headers())),
  };
}

const html = '<!DOCTYPE html><html><head><title>Gateway</title></head><body><p>Please sign in.</p></body></html>';
const tenYearsS = 10 * 365 * 24 * 3600;
const httpDate = (inMs: number) => new Date(Date.now() + inMs).toUTCString();

const refusals: readonly FrontFault[] = [
  refusal('401', 401),
  refusal('403', 403),
  refusal('404', 404),
  {
    name: '404 page of a proxy',
    fits: anywhere,
    strike: () => answer({ status: 404, headers: { 'content-type': 'text/html' }, body: html }),
  },
  refusal('429, seconds', 429, () => ({ 'retry-after': '1' })),
  refusal('429, HTTP date', 429, () => ({ 'retry-after': httpDate(90_000) })),
  refusal('429, fraction', 429, () => ({ 'retry-after': '0.05' })),
  refusal('429, no time', 429),
  refusal('429, in 10 years', 429, () => ({ 'retry-after': String(tenYearsS) })),
  refusal('500', 500),
  refusal('502', 502),
  refusal('503', 503),
  refusal('503, Retry-After', 503, () => ({ 'retry-after': '90' })),
  refusal('503, in 10 years', 503, () => ({ 'retry-after': httpDate(tenYearsS * 1000) })),
];

const broken: readonly FrontFault[] = [
  { name: 'no answer', slow: true, fits: anywhere, strike: () => ({ kind: 'silence' }) },
  { name: 'reset', fits: anywhere, strike: () => ({ kind: 'reset' }) },
  { name: 'reset in the body', fits: hasBody, strike: (at) => ({ kind: 'reset-in-body', answer: at.answer }) },
  { name: 'truncated', fits: hasBody, strike: (at) => ({ kind: 'cut', answer: at.answer, announced: true }) },
  {
    name: 'truncated, no length',
    fits: hasBody,
    strike: (at) => ({ kind: 'cut', answer: at.answer, announced: false }),
  },
  { name: 'slow drip', slow: true, fits: hasBody, strike: (at) => ({ kind: 'drip', answer: at.answer }) },
];

const bodies: readonly FrontFault[] = [
  {
    name: 'HTML with 200',
    fits: hasBody,
    strike: () => answer({ status: 200, headers: { 'content-type': 'text/html' }, body: html }),
  },
  { name: 'empty 200', fits: hasBody, strike: (at) => answer({ ...at.answer, body: '' }) },
  { name: 'another shape', fits: hasBody, strike: ({ adapter, call }) => answer(adapter.otherShape(call)) },
];

function redirect(name: string, location: (at: Struck) => string): FrontFault {
  return {
    name,
    fits: anywhere,
    strike: (at) => answer({ status: 302, headers: { location: location(at) }, body: '' }),
  };
}

const redirects: readonly FrontFault[] = [
  redirect('redirect to another host', ({ foreignUrl, call }) => foreignUrl + call.request.path),
  redirect('redirect to http', ({ foreignUrl, call }) => plainHttp(foreignUrl) + call.request.path),
  redirect('redirect in a circle', ({ frontUrl, call }) => frontUrl + call.request.path),
];

/** Whole days from one time to another; undefined where either is missing. */
export function daysBetween(from: string | null, until: string | null): number | undefined {
  return from && until ? Math.round((Date.parse(until) - Date.parse(from)) / 86_400_000) : undefined;
}

/** The same address by another name: over loopback the provider itself speaks http, so that "to http" must leave its origin too. */
export function plainHttp(foreignUrl: string): string {
  return foreignUrl.replace('127.0.0.1', 'localhost');
}

const isPage = (site: FrontSite) => site.isPage;

function pageFault(
  name: string,
  fits: FrontFault['fits'],
  change: (page: NonNullable<Struck['page']>, at: Struck) => FrontAnswer,
): FrontFault {
  return {
    name,
    onPages: true,
    fits: (site) => site.isPage && fits(site),
    strike: (at) => answer(at.page === undefined ? at.answer : change(at.page, at)),
  };
}

const lists: readonly FrontFault[] = [
  pageFault(
    'empty page',
    ({ hasNext }) => hasNext,
    (page) => page.write({ items: [] }),
  ),
  pageFault('empty page, the end', isPage, (page) => page.write({ items: [], next: null })),
  pageFault('shrunken list', isPage, ({ items, write }) => write({ items: items.slice(0, items.length >> 1) })),
  // Somebody deleted an item of an earlier page after that was read: this page has moved up by one.
  pageFault(
    'page shifted by a deletion',
    (site) => !site.isFirstPage,
    ({ items, write }) => write({ items: items.slice(1) }),
  ),
  pageFault('duplicates across pages', isPage, ({ items, write }, { others }) =>
    write({ items: [...others.slice(-2), ...items, ...items.slice(0, 1)] }),
  ),
  pageFault('looping next page', isPage, (page, { adapter, call, frontUrl }) =>
    page.write({ next: adapter.self(call, frontUrl) }),
  ),
];

const heavy: readonly FrontFault[] = [
  { name: 'gzip bomb', heavy: true, fits: hasBody, strike: (at) => ({ kind: 'bomb', answer: at.answer }) },
  { name: 'body of 2 GB', heavy: true, fits: hasBody, strike: (at) => ({ kind: 'flood', answer: at.answer }) },
  { name: '10,000 deep', heavy: true, fits: hasBody, strike: ({ adapter, call }) => answer(adapter.deep(call)) },
  {
    name: 'a million items',
    heavy: true,
    fits: hasBody,
    strike: ({ adapter, call }) => answer(adapter.million(call)),
  },
];
