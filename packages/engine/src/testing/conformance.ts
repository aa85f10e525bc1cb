import type { Connector } from '@evidence-fleet/connector-sdk';
import { connectorRules } from './connector-rules.ts';
import { type ConnectorWorld, worldRules } from './connector-world.ts';

/** The test framework's words, handed in so that this package needs none at run time. */
export interface TestWords {
  describe(title: string, body: () => void): void;
  it(title: string, body: () => Promise<void> | void): void;
  beforeAll(body: () => Promise<void> | void): void;
  afterAll(body: () => Promise<void> | void): void;
}

/**
 * The suite that every connector passes.
 * @param openWorld a provider to run against; without it only what the connector says of itself is checked
 */
export function describeConnector(
  connector: Connector,
  words: TestWords,
  openWorld?: () => Promise<ConnectorWorld>,
): void {
  words.describe(`connector ${connector.id}`, () => {
    for (const { title, broken } of connectorRules) {
      words.it(title, () => {
        const sentences = broken(connector);
        if (sentences.length > 0) throw new Error(sentences.join('\n'));
      });
    }
    if (openWorld) describeWorld(connector, words, openWorld);
  });
}

function describeWorld(connector: Connector, words: TestWords, openWorld: () => Promise<ConnectorWorld>): void {
  let world: ConnectorWorld | undefined;
  words.beforeAll(async () => {
    world = await openWorld();
  });
  words.afterAll(() => world?.close());
  for (const { evidence } of connector.streams) {
    words.describe(evidence.name, () => {
      for (const { title, check } of worldRules) {
        words.it(title, async () => {
          if (world === undefined) throw new Error('the world did not open');
          await check(connector, world, evidence.name);
        });
      }
    });
  }
}
