// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source
/** A change by hand that once went unnoticed: these tests must fail with it, and pass without. */
export interface KnownMutation {
  readonly name: string;
  readonly file: string;
  /** Stands in the file once. */
  readonly search: string;
  readonly replace: string;
  /** What notices it. */
  readonly tests: readonly string[];
  /** SQLite has one writer: what several do at once can be seen on PostgreSQL only. */
  readonly onPostgres?: true;
}

export const knownMutations: readonly KnownMutation[] = [
  {
    name: 'a join finds rows of other tenants',
    file: 'src/store/compile-scope.ts',
    search: "const on = sql`${ofDeployment(alias)} and ${columnRef(alias, 'id')}",
    replace: "const on = sql`${columnRef(alias, 'id')}",
    tests: ['test/store/queries.test.ts'],
  },
  {
    name: 'a total over tied rows counts those of other tenants',
    file: 'src/store/compile-tied.ts',
    search: 'const tests = [ofDeployment(alias), ...holds];',
    replace: 'const tests = [sql`1 = 1`, ...holds];',
    tests: ['test/store/queries.test.ts'],
  },
  {
    name: 'a tree goes down into other tenants',
    file: 'src/store/compile-tied.ts',
    search: ' and ${ofDeployment(below)})`;',
    replace: ')`;',
    tests: ['test/store/queries.test.ts'],
  },
  {
    name: 'a condition on rows that point here is met by those of other tenants',
    file: 'src/store/compile-expression.ts',
    search: 'where ${ofDeployment(inner.alias)}${kind} and ${holds})`;',
    replace: 'where ${holds}${kind})`;',
    tests: ['test/store/queries.test.ts'],
  },
  {
    name: 'a value is found among those of other tenants',
    file: 'src/store/compile.ts',
    search: 'where ${ofDeployment(inner.alias)} and ${holds}`,',
    replace: 'where ${holds}`,',
    tests: ['test/store/queries.test.ts'],
  },
  {
    name: 'a lane is taken although another one holds its lease',
    file: 'src/webhooks/lane.ts',
    search: '{ ...lane, date_lease: { below: clock(deployment) + 1 } },',
    replace: '{ ...lane },',
    tests: ['test/webhooks/lanes.test.ts'],
  },
  {
    name: 'an event is told to a subscriber who may not read its object',
    file: 'src/webhooks/deliver.ts',
    search: 'if (!reaches(person.access, resource.scope, resource.access.read)) return undefined;',
    replace: '',
    tests: ['test/webhooks/lanes.test.ts'],
  },
  {
    name: 'any control token of the right length is let in',
    file: 'src/sandbox/control.ts',
    search: '!sameSecret(digest(sent), expected)',
    replace: 'digest(sent).length !== expected.length',
    tests: ['test/sandbox/control-conditions.test.ts'],
  },
  {
    name: 'the ids of a fork that is gone are kept',
    file: 'src/sandbox/copied.ts',
    search: '  await copying.forgetIds(deployment);\n',
    replace: '',
    tests: ['test/sandbox/forks.test.ts'],
  },
  {
    name: 'a progression claims nothing',
    file: 'src/objects/progress.ts',
    search: 'if (!(await store.claim(deployment, resource.name, { id }))) missing(resource, id);',
    replace: '',
    tests: ['test/objects/concurrency.test.ts'],
    onPostgres: true,
  },
  {
    name: 'a commit does not wait for the disk',
    file: 'src/store/engines/sqlite-connection.ts',
    search: 'pragma synchronous = full;',
    replace: 'pragma synchronous = off;',
    tests: ['test/store/disk/power.test.ts'],
  },
];
