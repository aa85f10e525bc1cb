import { inspect } from 'node:util';

const redacted = '[redacted]';

/**
 * A value that does not print. Strings, templates, JSON, `console.log`, pino and errors show `[redacted]`; a structured clone is
 * empty, because the value sits in a private field. `reveal()` is the only way in, so every use of a secret can be found by that word.
 */
export class Secret<T> {
  readonly #value: T;

  private constructor(value: T) {
    this.#value = value;
  }

  static of<T>(value: T): Secret<T> {
    return new Secret(value);
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [Symbol.toPrimitive](): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
