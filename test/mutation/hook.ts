import { registerHooks } from 'node:module';

/** Gives the modules of a worker our stand-in for `node:test`. */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'node:test'
      ? { url: new URL('./stand-in.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});
