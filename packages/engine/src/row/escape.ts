import type { Json } from '../ports.ts';

/** SYMBOL FOR ESCAPE, followed by four hexadecimal digits of the UTF-16 unit it stands for; it escapes itself. */
const mark = '\u241B';
const suspect = /[\0\u241B\uD800-\uDFFF]/;
/** With the u flag a surrogate pair is one character, so that only lone surrogates match. */
const refused = /[\0\u241B\p{Surrogate}]/gu;
const escaped = /\u241B([0-9A-F]{4})/g;

/** Postgres refuses NUL and lone surrogates in text and jsonb, a whole batch for one of them: both are escaped, reversibly. */
export function escapeText(text: string): string {
  if (!suspect.test(text)) return text;
  return text.replace(
    refused,
    (character) => mark + character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0'),
  );
}

/** The inverse of `escapeText`. */
export function unescapeText(text: string): string {
  if (!text.includes(mark)) return text;
  return text.replace(escaped, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));
}

/** JSON as it is stored, given back as the provider showed it: strings and object keys unescaped. */
export function unescapeJson(value: Json): Json {
  if (typeof value === 'string') return unescapeText(value);
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(unescapeJson);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [unescapeText(key), unescapeJson(field)]));
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: readonly Json[] | { readonly [key: string]: Json }): value is readonly Json[] {
  return Array.isArray(value);
}
