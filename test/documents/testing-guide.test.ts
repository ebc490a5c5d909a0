import { runDocuments } from './run-documents.ts';

/** This one packs and installs the package, which takes as long as the other guides together. */
runDocuments(['docs/guides/testing.md']);
