import type { IncomingHttpHeaders } from 'node:http';

/** A request as the front received it. */
export interface FrontRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A whole answer; its length is announced by who sends it. */
export interface FrontAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request, understood. */
export interface FrontCall {
  readonly request: FrontRequest;
  /** What is asked, in the connector's words: `GET /orgs/{org}/members`, `iam:ListUsers`. */
  readonly operation: string;
  /** Which call of the operation it is: the same text in every run over one world. */
  readonly site: string;
  /** The site without its page, where the call reads a page of a list. */
  readonly list: string | undefined;
  /** How many days of a history are asked for, where its dates stand in no site: a later pass asks for fewer, and gets another answer. */
  readonly window?: number | undefined;
}

/** One page of a list of resources, as text that can be put together again. */
export interface ListPage {
  readonly items: readonly string[];
  /** The link or token of the page behind this one. */
  readonly next: string | undefined;
  /** The answer with other items, or another next page (null: none). */
  write(change: { readonly items?: readonly string[]; readonly next?: string | null }): FrontAnswer;
}

export type RefusalStatus = 401 | 403 | 404 | 429 | 500 | 502 | 503;

/** What the front must know of a provider: how it names, lists and refuses. One file a provider. */
export interface FaultAdapter {
  /** undefined: nothing that this provider's clients send. */
  read(request: FrontRequest): FrontCall | undefined;
  /** A refusal in the provider's own form. */
  refuse(call: FrontCall, status: RefusalStatus, headers?: Readonly<Record<string, string>>): FrontAnswer;
  /**
   * The answer as a page; undefined where it is none, and where the list is one field of one resource: such an answer is well formed,
   * whole by its own account, and no reader of one source can tell that it is wrong.
   */
  page(call: FrontCall, answer: FrontAnswer): ListPage | undefined;
  /** Where this very page is, as a next link or token that leads to it again. */
  self(call: FrontCall, frontUrl: string): string;
  /** A well-formed document of the provider's protocol that answers something else. */
  otherShape(call: FrontCall): FrontAnswer;
  /** A document of the provider's protocol, 10,000 levels deep. */
  deep(call: FrontCall): FrontAnswer;
  /** A document that is one page of a million items. */
  million(call: FrontCall): FrontAnswer;
  /** Faults that only this provider has. */
  readonly faults: readonly FrontFault[];
}

/** A call that a recording run made. */
export interface FrontSite {
  readonly operation: string;
  readonly site: string;
  readonly method: string;
  readonly status: number;
  readonly isPage: boolean;
  readonly hasNext: boolean;
  readonly isFirstPage: boolean;
}

/** What a fault has to work with when a call runs into it. */
export interface Struck {
  readonly adapter: FaultAdapter;
  readonly call: FrontCall;
  /** What the provider said. */
  readonly answer: FrontAnswer;
  readonly page: ListPage | undefined;
  /** Items of the other pages of this list that were passed on before. */
  readonly others: readonly string[];
  readonly frontUrl: string;
  /** Another host, over plain http: nothing may ever arrive there. */
  readonly foreignUrl: string;
  /** What the provider says to this request instead. */
  ask(request: FrontRequest): Promise<FrontAnswer>;
}

/** What goes out on the wire. */
export type Delivery =
  | { readonly kind: 'answer'; readonly answer: FrontAnswer }
  /** No byte, until the caller gives up. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'reset' }
  /** Half of the body, then a reset. */
  | { readonly kind: 'reset-in-body'; readonly answer: FrontAnswer }
  /** Half of the body, then the end of the connection; the length is announced, or the end looks like the end. */
  | { readonly kind: 'cut'; readonly answer: FrontAnswer; readonly announced: boolean }
  /** A byte now and then. */
  | { readonly kind: 'drip'; readonly answer: FrontAnswer }
  /** 2 GB, streamed. */
  | { readonly kind: 'flood'; readonly answer: FrontAnswer }
  /** A small body that decodes to 1 GB. */
  | { readonly kind: 'bomb'; readonly answer: FrontAnswer };

/** One way in which a provider, or what stands before it, can be wrong. */
export interface FrontFault {
  readonly name: string;
  /** Met by the first call of each operation only, and alone in its process, because its memory is measured. */
  readonly heavy?: boolean;
  /** The caller has to wait for its deadline. */
  readonly slow?: boolean;
  /** About pages of lists. */
  readonly onPages?: boolean;
  /** Strikes every call of the operation, not one site. */
  readonly wholeOperation?: boolean;
  fits(site: FrontSite): boolean;
  strike(struck: Struck): Delivery | Promise<Delivery>;
}
