/** A folder of `src`, and what stands in it. */
export interface Room {
  readonly name: string;
  readonly purpose: string;
}

/** What a room is to the product: generic code, what this API offers, a library for people's work, or the outside of the program. */
export type RoomKind = 'engine' | 'content' | 'tool' | 'surface';

const room = (name: string, kind: RoomKind, purpose: string) => ({ name, kind, purpose });

/** The rooms of `src` from the bottom up: a file imports from its own room and from the layers below, never from a neighbour in its layer. */
export const layers = [
  [room('contract', 'engine', 'what an answer may say: statuses, causes, stages, refusals')],
  [
    room('grammar', 'engine', 'the one expression grammar of scopes, `_fields` and `_filters`'),
    room('http', 'engine', 'listening and asking: the hardened server, the one outgoing client'),
  ],
  [
    room('catalogue', 'content', 'what the API offers, as data: one file a resource'),
    room('conform', 'tool', 'probes that say where a server differs from the contract'),
  ],
  [
    room('store', 'engine', 'where objects are kept, behind one small port'),
    room('limits', 'engine', 'counters that expire'),
    room('files', 'engine', 'what uploaded files hold'),
  ],
  [room('identity', 'engine', 'deployments, applications, people, tokens, scopes, lockout')],
  [room('webhooks', 'engine', 'events, subscriptions, queues and deliveries')],
  [room('objects', 'engine', 'what becomes of an object, without a request')],
  [room('request', 'engine', 'one request: the ten stages, top to bottom')],
  [
    room('verbs', 'content', 'what one resource alone can do: one file a resource'),
    room('runs', 'tool', 'what a client did: recordings, lints, reports'),
    room('incidents', 'engine', 'server errors that the operator is notified of'),
    room('observe', 'engine', 'log, request log, metrics, explanations'),
  ],
  [room('openapi', 'tool', 'the OpenAPI document, made of the catalogue and the contract')],
  [
    room('console', 'surface', 'web pages'),
    room('sandbox', 'surface', 'what only a sandbox can do: clock, faults, snapshots, forks'),
    room('transfer', 'tool', 'objects from and to files'),
  ],
  [room('server', 'surface', 'settings, composition, surfaces, upkeep')],
  [
    room('mirror', 'tool', 'a copy of another deployment'),
    room('trust', 'tool', 'certificates of a local authority'),
    room('sample', 'content', 'the sample deployment'),
  ],
  [
    room('testing', 'tool', 'a sandbox inside the process of a test'),
    room('proxy', 'tool', 'sends the requests of a client to this server, or records them'),
  ],
  [room('cli', 'surface', 'one file a command')],
] as const satisfies readonly (readonly (Room & { readonly kind: RoomKind })[])[];
