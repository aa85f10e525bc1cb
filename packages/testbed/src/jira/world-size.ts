/** How much a generated site holds. */
export interface JiraWorldSize {
  readonly seed?: number;
  readonly users?: number;
  readonly groups?: number;
  readonly projects?: number;
  readonly permissionSchemes?: number;
  readonly issues?: number;
  readonly auditRecords?: number;
  /** Of every user. */
  readonly timeZone?: string;
  readonly now?: Date;
}
