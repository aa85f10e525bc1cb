/** How a client authenticates, and what is known of that credential. */
export interface GitHubCredential {
  /** The value of the `authorization` header, renewed where it expires. */
  authorization(): Promise<string>;
  readonly isApp: boolean;
  /** Of an App: where it is installed. */
  installation(): Promise<{
    readonly id: number;
    readonly account: { readonly id: number; readonly login: string };
  } | null>;
  /** Of an App: the narrowest grant that a token of this run was given; null before the first one, and for a personal access token. */
  grant(): Grant | null;
}

export interface Grant {
  /** `{ members: 'read' }` */
  readonly permissions: Readonly<Record<string, string>>;
  /** `selected`: whoever installed the App chose repositories; it is told nothing of the others. */
  readonly repositories: 'all' | 'selected';
}

/** A personal access token, classic or fine-grained. */
export function tokenCredential(token: string): GitHubCredential {
  return {
    authorization: async () => `token ${token}`,
    isApp: false,
    installation: async () => null,
    grant: () => null,
  };
}
