/** How much a generated organization holds. */
export interface OktaWorldSize {
  readonly seed?: number;
  readonly users?: number;
  readonly groups?: number;
  readonly apps?: number;
  readonly policies?: number;
  readonly zones?: number;
  readonly events?: number;
  readonly now?: Date;
}
