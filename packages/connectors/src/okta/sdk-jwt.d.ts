/** The one part of the SDK that is used; its own types describe the whole package only. */
declare module '@okta/okta-sdk-nodejs/src/jwt.js' {
  interface AssertionClient {
    readonly baseUrl: string;
    readonly clientId: string;
    readonly privateKey: string;
    readonly keyId: string;
  }
  const sdk: { makeJwt(client: AssertionClient, path: string): Promise<{ compact(): string }> };
  export default sdk;
}
