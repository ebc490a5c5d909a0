import { documents } from './blocks.ts';
import { runDocuments } from './run-documents.ts';

/** The documents that a newcomer reads; guides.test.ts runs the others. Two files, so that both cores work. */
runDocuments(documents.filter((document) => !/^docs\/(?!start\/)/.test(document)));
