/** What a body says of its status, in either dialect and any of the three formats; absent: suppressed, or no envelope at all. */
export interface Said {
  readonly status?: string | undefined;
  readonly message?: string | undefined;
  /** `meta.response_code`: the HTTP code that was suppressed. */
  readonly http?: number | undefined;
}

const nothing: Said = Object.freeze({});

/** Never throws: a body that cannot be read says nothing. */
export function readEnvelope(body: string): Said {
  const first = body.trimStart()[0];
  if (first === '{') return inJson(body);
  if (first === '<') return inXml(body);
  return inYaml(body);
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

/** The envelope begins with `meta`, so nothing of the caller's data comes before it. */
function inXml(body: string): Said {
  const meta = /^\s*(?:<\?[^>]*>\s*)?<api[^>]*>\s*<meta[^>]*>([\s\S]*?)<\/meta>/.exec(body)?.[1];
  if (meta === undefined) return nothing;
  const element = (name: string): string | undefined => {
    const text = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(meta)?.[1];
    return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: keyof typeof entities) => entities[entity]);
  };
  return {
    status: element('status'),
    message: element('message'),
    http: codeOf(element('response_code')),
  };
}

const entities = Object.freeze({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' });

function inYaml(body: string): Said {
  const meta = /^(?:---\s*\n)?(["']?)meta\1:[ \t]*\n((?:[ \t]+.*(?:\n|$))+)/.exec(body)?.[2];
  if (meta === undefined) return nothing;
  const scalar = (name: string): string | undefined => {
    const text = new RegExp(`^[ \\t]+(["']?)${name}\\1:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(meta)?.[2];
    if (text?.startsWith('"')) return textOf(parsed(text));
    return text?.replace(/^'(.*)'$/, (_, quoted: string) => quoted.replaceAll("''", "'"));
  };
  return { status: scalar('status'), message: scalar('message'), http: codeOf(scalar('response_code')) };
}
