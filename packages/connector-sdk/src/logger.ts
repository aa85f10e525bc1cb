/** The part of pino that a connector may use: fields first, then a constant event name. Never a body, a header or a credential. */
export interface Logger {
  debug(fields: object, event: string): void;
  info(fields: object, event: string): void;
  warn(fields: object, event: string): void;
}
