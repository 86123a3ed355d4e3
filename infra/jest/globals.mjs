// What a spec imports from `@jest/globals`. A helper is loaded once for many specs, so each call goes to the spec that runs now.
let ofThisSpec;
export const use = (globals) => {
  ofThisSpec = globals;
};

/** Callable, with members such as `it.each`. */
const current = (name) =>
  new Proxy(() => {}, {
    apply: (_, self, args) => Reflect.apply(ofThisSpec[name], self, args),
    get: (_, key) => ofThisSpec[name][key],
  });

export const [afterAll, afterEach, beforeAll, beforeEach, describe, expect, it] = [
  ...['afterAll', 'afterEach', 'beforeAll', 'beforeEach', 'describe', 'expect', 'it'],
].map(current);
