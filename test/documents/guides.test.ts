import { documents } from './blocks.ts';
import { runDocuments } from './run-documents.ts';

/** The documents that start.test.ts and testing-guide.test.ts do not run. */
runDocuments(
  documents.filter(
    (document) => /^docs\/(?!start\/)/.test(document) && document !== 'docs/guides/testing.md',
  ),
);
