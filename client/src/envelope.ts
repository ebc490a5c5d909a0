/** What a body says of its status, in either dialect and any of the three formats; absent: suppressed, or no envelope at all. */
export interface Said {
  readonly status?: string | undefined;
  readonly message?: string | undefined;
  /** `meta.response_code`: the HTTP code that was suppressed. */
  readonly http?: number | undefined;
}

const nothing: Said = Object.freeze({});

/** Never throws: a body that cannot be read says nothing. A byte order mark counts as a space. */
export function readEnvelope(body: string): Said {
  const text = body.trimStart();
  if (text[0] === '{') return inJson(text);
  if (text[0] === '<') return inXml(text);
  return inYaml(text);
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** `undefined` for what is no JSON; a text that YAML quotes twice is one of JSON too. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function inJson(body: string): Said {
  const tree = parsed(body);
  if (tree === undefined) return nothing;
  const { meta, error, error_description } = tree as Record<string, unknown>;
  if (typeof error === 'string') return { status: error, message: textOf(error_description) };
  if (typeof meta !== 'object' || meta === null) return nothing;
  const { status, message, response_code } = meta as Record<string, unknown>;
  return { status: textOf(status), message: textOf(message), http: codeOf(response_code) };
}

const codeOf = (value: unknown): number | undefined => {
  const code = Number(value);
  return Number.isInteger(code) && code >= 100 && code < 600 ? code : undefined;
};

/** A comment, a declaration, a `CDATA` section, or a tag: whether it closes, its name, whether it is empty. */
const markup =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<[?!][^>]*>|<(\/?)([^\s/<>]+)(?:[^<>"']|"[^"<]*"|'[^'<]*')*?(\/?)>/g;

/** Only `api/meta/…` counts, wherever it stands: data of the caller may look like it, but is deeper. */
function inXml(body: string): Said {
  const path: string[] = [];
  const found = new Map<string, string>();
  let from = 0;
  let text = '';
  for (const { 0: whole, 1: data, 2: closes, 3: name, 4: empty, index } of body.matchAll(markup)) {
    text += unescaped(body.slice(from, index)) + (data ?? '');
    from = index + whole.length;
    if (name === undefined) continue;
    if (closes) {
      if (path.length === 3 && path[0] === 'api' && path[1] === 'meta') found.set(name, text.trim());
      if (path.pop() === 'meta' && path.length === 1) break;
    } else if (!empty) path.push(name);
    text = '';
  }
  return {
    status: found.get('status'),
    message: found.get('message'),
    http: codeOf(found.get('response_code')),
  };
}

const entities: Readonly<Record<string, string>> = Object.freeze({
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  amp: '&',
});

const unescaped = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(lt|gt|quot|apos|amp));/gi, (whole, ten, sixteen, name) => {
    if (name) return entities[name] ?? whole;
    const code = ten ? Number(ten) : Number.parseInt(sixteen, 16);
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });

/** What begins a line is no data: that is further in. */
function inYaml(body: string): Said {
  const meta = /^(["']?)meta\1:[ \t]*\n((?:[ \t]+.*(?:\n|$))+)/m.exec(body.replaceAll('\r\n', '\n'))?.[2];
  if (meta === undefined) return nothing;
  const scalar = (name: string): string | undefined => {
    const text = new RegExp(`^[ \\t]+(["']?)${name}\\1:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(meta)?.[2];
    if (text?.startsWith('"')) return textOf(parsed(text));
    // A block of lines: the header has the message.
    if (/^[|>]/.test(text ?? '')) return undefined;
    return text?.replace(/^'(.*)'$/, (_, quoted: string) => quoted.replaceAll("''", "'"));
  };
  return { status: scalar('status'), message: scalar('message'), http: codeOf(scalar('response_code')) };
}
