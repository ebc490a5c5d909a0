import { documents } from './blocks.ts';
import { runDocuments } from './run-documents.ts';

/** The documents that a newcomer reads first. The others are in two more files, so that each stays within its time on a busy machine. */
runDocuments(documents.filter((document) => !/^docs\/(?!start\/)/.test(document)));
