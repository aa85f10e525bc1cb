/** A line of a longer secret is a secret of its own from this length: log lines often quote a key file line by line. */
const shortestLine = 16;

/**
 * The spellings in which a secret turns up in logs: plain, JSON-escaped (up to three deep), URL-encoded, hexadecimal, and base64 and
 * base64url at all three byte offsets, because `Basic base64(user:secret)` shifts it.
 */
export function secretForms(secret: string): Set<string> {
  const forms = new Set<string>();
  addForms(secret, forms);
  const lines = secret.split(/[\r\n]+/);
  if (lines.length === 1) return forms;
  for (const line of lines) {
    const isPemBoundary = line.startsWith('-----');
    if (line.length >= shortestLine && !isPemBoundary) addForms(line, forms);
  }
  return forms;
}

function addForms(secret: string, forms: Set<string>): void {
  // Encoders replace or refuse lone surrogates.
  const text = secret.toWellFormed();
  const bytes = Buffer.from(text);
  for (const plain of [secret, text]) for (const form of escapedForms(plain)) forms.add(form);
  for (const form of urlForms(text)) forms.add(form);
  const hex = bytes.toString('hex');
  forms.add(hex).add(hex.toUpperCase());
  for (const form of base64Forms(bytes)) forms.add(form).add(encodeURIComponent(form));
}

function* escapedForms(text: string): Generator<string> {
  let form = text;
  for (let depth = 0; depth <= 3; depth++) {
    yield form;
    // PHP and some Java encoders escape the slash as well.
    yield form.replaceAll('/', '\\/');
    form = JSON.stringify(form).slice(1, -1);
  }
}

function* urlForms(text: string): Generator<string> {
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams({ x: text }).toString().slice(2);
  for (const encoded of [component, strict, form, encodeURI(text), encodeURIComponent(component)]) {
    yield encoded;
    yield encoded.replace(/%[0-9A-F]{2}/g, (percent) => percent.toLowerCase());
  }
}

function* base64Forms(bytes: Buffer): Generator<string> {
  for (const encoding of ['base64', 'base64url'] as const) {
    yield bytes.toString(encoding);
    for (const offset of [0, 1, 2]) {
      // The characters that depend on no neighbouring byte, whatever stands before and after.
      const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding);
      const bits = 8 * (offset + bytes.length);
      yield shifted.slice(Math.ceil((8 * offset) / 6), Math.floor(bits / 6));
    }
  }
}
