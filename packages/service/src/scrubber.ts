import { shortestSecret } from './collect-secrets.ts';
import { secretForms } from './secret-forms.ts';
import { hideSecretShapes } from './secret-patterns.ts';

const redacted = '[redacted]';

/** Hides secrets in text: the registered ones in every usual spelling, and whatever looks like one. */
export interface Scrubber {
  /**
   * Registers secrets, usually `collectSecrets(credentials)` for the length of one run. Values below 6 characters are left out.
   * @returns releases these values again; calling it twice does no harm
   */
  protect(values: Iterable<string>): () => void;
  scrub(text: string): string;
}

export function createScrubber(): Scrubber {
  const index = createFormIndex();
  return {
    protect(values) {
      const forms = [...values]
        .filter((value) => value.length >= shortestSecret)
        .flatMap((value) => [...secretForms(value)]);
      for (const form of forms) index.add(form);
      return () => {
        for (const form of forms.splice(0)) index.remove(form);
      };
    },
    scrub: (text) => hideSecretShapes(index.hide(text)),
  };
}

/**
 * Finds any of many strings in one pass, whatever their number: a table from the hash of their first four characters to the strings.
 * One regular expression of all of them would try thousands of alternatives at each character.
 */
function createFormIndex(): { add(form: string): void; remove(form: string): void; hide(text: string): string } {
  const users = new Map<string, number>();
  const byStart = new Map<number, string[]>();

  return {
    add(form) {
      const count = users.get(form) ?? 0;
      users.set(form, count + 1);
      if (count > 0) return;
      const bucket = byStart.get(startHash(form, 0)) ?? [];
      // Longest first: the first hit is the one that hides most.
      byStart.set(
        startHash(form, 0),
        [...bucket, form].sort((a, b) => b.length - a.length),
      );
    },

    remove(form) {
      const count = users.get(form) ?? 0;
      if (count > 1) return void users.set(form, count - 1);
      users.delete(form);
      const rest = (byStart.get(startHash(form, 0)) ?? []).filter((other) => other !== form);
      if (rest.length > 0) byStart.set(startHash(form, 0), rest);
      else byStart.delete(startHash(form, 0));
    },

    hide(text) {
      if (users.size === 0) return text;
      let result = '';
      let copied = 0; // text before this index is in the result
      let end = -1; // end of the stretch being hidden; hits that touch or overlap become one
      for (let at = 0; at <= text.length - 4; at++) {
        const hit = byStart.get(startHash(text, at))?.find((form) => text.startsWith(form, at));
        if (hit === undefined) continue;
        if (at > end) {
          result += text.slice(copied, afterWholeEscape(text, at, Math.max(copied, 0))) + redacted;
        }
        end = Math.max(end, at + hit.length);
        copied = end;
      }
      return copied === 0 ? text : result + text.slice(copied);
    },
  };
}

function startHash(text: string, at: number): number {
  const low = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 7);
  return (low ^ (text.charCodeAt(at + 2) << 14) ^ (text.charCodeAt(at + 3) << 21)) & 0x3fffffff;
}

/** A hit that begins inside an escape (`\n` before "ot-secret") takes the backslash along: what is left must stay JSON. */
function afterWholeEscape(text: string, at: number, from: number): number {
  let backslashes = 0;
  while (at - backslashes > from && text[at - backslashes - 1] === '\\') backslashes++;
  return backslashes % 2 === 1 ? at - 1 : at;
}
