import type { Connector, EvidenceType, Row } from '@evidence-fleet/connector-sdk';
import * as catalog from './catalog.ts';

type Known = (typeof catalog)[keyof typeof catalog];
type KnownEvidence = Known['streams'][number]['evidence'];

/** The id of a connector in the catalogue, e.g. `github`. */
export type ConnectorId = Known['id'];
/** The name of an evidence type that a connector in the catalogue collects, e.g. `github.org_member`. */
export type EvidenceName = KnownEvidence['name'];
/** A row of one evidence type, by its name. */
export type EvidenceRow<N extends EvidenceName> = Row<Extract<KnownEvidence, { name: N }>>;

/** Every connector by id. Cheap to import: a provider's SDK is loaded by `connect`, not here. */
export const connectors: ReadonlyMap<string, Connector> = new Map(
  // The seam of the registry: a connector's own types of client and settings are known inside its folder only.
  Object.values(catalog).map((connector) => [connector.id, connector as unknown as Connector]),
);

/** Every evidence type by name. */
export const evidenceTypes: ReadonlyMap<string, EvidenceType> = new Map(
  [...connectors.values()].flatMap(({ streams }) => streams.map(({ evidence }) => [evidence.name, evidence] as const)),
);
