/** Milliseconds of work after which the event loop gets a turn: a database in this process answers without giving it one. */
const sliceMs = 10;

/** The same things one after the other, with pauses for whatever else has to be done. */
export async function* inSlices<T>(all: Iterable<T>): AsyncGenerator<T> {
  let end = performance.now() + sliceMs;
  for (const each of all) {
    if (performance.now() >= end) {
      await new Promise((resume) => setImmediate(resume));
      end = performance.now() + sliceMs;
    }
    yield each;
  }
}
