/**
 * The number of the schema, and a digest of the tables it belongs to. A server refuses a database with a higher number. A developer who changes a
 * table raises the number: `test/store/schema-number.test.ts` fails until then, and prints the line to put here.
 */
const schema = { number: 4, digest: 'deW-DXPNK8ZM9EkJ' };

export const { number: schemaNumber, digest: schemaDigest } = schema;
