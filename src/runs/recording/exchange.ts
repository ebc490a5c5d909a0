/** What a body was. */
export interface RecordedBody {
  /** The media type, without parameters; empty when none was said. */
  readonly type: string;
  readonly bytes: number;
  /** JSON without secrets, a form or multipart fields as a JSON object; at most `bodyLimit` characters. */
  readonly text?: string;
  /** Why `text` is missing or shorter than the body. */
  readonly left?: string;
}

/** A secret that stood in a URL. */
export interface InUrl {
  /** The parameter, or `path`. */
  readonly where: string;
  readonly print: string;
  /** Whether its name alone says that it is secret; others are known by their value only. */
  readonly named: boolean;
}

/** What an answer of the token endpoint gave; tokens by their fingerprint. */
export interface Given {
  readonly access: string;
  readonly refresh?: string;
  /** Seconds. */
  readonly lifetime?: number;
  readonly scope?: string;
}

/** One request and its answer as they are recorded: no secret is in it, only fingerprints, which are equal for equal secrets. One line of a file. */
export interface Exchange {
  /** The request id that the answer told. */
  readonly id: string;
  /** Equal for requests over one connection; absent where that is not known. */
  readonly connection?: string;
  /** Unix milliseconds by the deployment's clock, when it was answered. */
  readonly at: number;
  /** Unix milliseconds, real time. */
  readonly began: number;
  readonly ended: number;
  /** After `_method`. */
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RecordedBody;
  /** The fingerprint of method, URL and body together: the same request again has the same. */
  readonly request: string;
  /** The fingerprint of its Bearer token. */
  readonly token?: string;
  /** The client id that asks for a token. */
  readonly client?: string;
  /** Parameters that begin with `_`; at the OAuth endpoints the grant, with fingerprints for what is secret. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly inUrl: readonly InUrl[];
  /** The row of the API, such as `GET companies/{company_id}`. */
  readonly route?: string;
  /** What the request needs of a scope. */
  readonly needs?: { readonly verb: 'read' | 'write'; readonly resources: readonly string[] };
  /** The scope of its token, where the recorder knows. */
  readonly scope?: string;
  readonly answer: {
    readonly http: number;
    /** Lower-case names. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: RecordedBody;
    /** The fingerprint of what was answered, without the envelope. */
    readonly content: string;
    /** How many objects, when it is a list. */
    readonly count?: number;
    readonly given?: Given;
  };
  readonly status: string;
  /** Where the server tells. */
  readonly cause?: string;
}

/** Which fields of an answer its client was given, and which of them it has read; names are paths such as `postal_address.city`. */
export interface Reads {
  readonly request: string;
  readonly given: readonly string[];
  readonly read: readonly string[];
  /** Why nothing can be said of this answer: it was taken as text, for instance. */
  readonly unseen?: string;
}

/** What lints look at, in the order of the answers. */
export interface Recorded {
  readonly exchanges: readonly Exchange[];
  readonly reads: readonly Reads[];
}
