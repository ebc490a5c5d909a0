/** The stages of a request in order; the name of a stage is that of its folder in `src/request`. */
export const stages = Object.freeze([
  'transport',
  'deployment',
  'authentication',
  'rate-limit',
  'route',
  'parameters',
  'permission',
  'operation',
  'representation',
  'status',
] as const);

export type Stage = (typeof stages)[number];

/** What is called. Each surface has its own stages and its own form of answer. */
export const surfaces = Object.freeze(['api', 'token', 'revoke', 'authorize'] as const);

export type Surface = (typeof surfaces)[number];

const ofEndpoint: readonly Stage[] = [
  'transport',
  'deployment',
  'authentication',
  'route',
  'parameters',
  'operation',
  'status',
];

/** The stages of each surface, in the order in which a request enters them. Only requests for resources are counted and scoped. */
export const stagesOfSurface: Readonly<Record<Surface, readonly Stage[]>> = Object.freeze({
  api: stages,
  token: ofEndpoint,
  revoke: ofEndpoint,
  // A method that the page does not have is refused before the application is looked up.
  authorize: ['transport', 'deployment', 'route', 'authentication', 'parameters', 'operation', 'status'],
});

/** Parts of a stage that are entered one by one: the authorize page reads a password, then the code of a second factor. */
const stageOfStep = { 'sign-in': 'operation', code: 'operation' } as const satisfies Record<string, Stage>;

export type StageStep = keyof typeof stageOfStep;

/** Where a request can be refused: a stage, or a step of one. */
export type RefusalPoint = Stage | StageStep;

export const stageOfPoint = (point: RefusalPoint): Stage =>
  Object.hasOwn(stageOfStep, point) ? stageOfStep[point as StageStep] : (point as Stage);

/** Where a cause is raised: one or more points of each surface that it can happen on. The first is where a sandbox forces it. */
export type RaisedAt = Readonly<
  Partial<Record<Surface, RefusalPoint | readonly [RefusalPoint, ...RefusalPoint[]]>>
>;

/** An error that is thrown, and turned into a cause when it is caught: it may come from any stage of any surface. */
export const thrownAnywhere = (usual: 'authentication' | 'operation'): RaisedAt => {
  const points = (surface: Surface): readonly [RefusalPoint, ...RefusalPoint[]] => [
    usual,
    ...stagesOfSurface[surface].filter((stage) => stage !== usual),
  ];
  return {
    api: points('api'),
    token: points('token'),
    revoke: points('revoke'),
    authorize: points('authorize'),
  };
};
