import { documents } from './blocks.ts';
import { runDocuments } from './run-documents.ts';

/** The documents that first-documents.test.ts does not run. */
runDocuments(documents.filter((document) => /^docs\/(?!start\/)/.test(document)));
