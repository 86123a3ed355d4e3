/** What we say of ourselves in other people's formats. Part of sealed bytes: a changed name is another core. */
export const holdfast = {
  name: 'Holdfast',
  url: 'https://holdfast.dev/',
  /** Meaning of our own terms. */
  terms: 'https://holdfast.dev/terms#',
  producer: 'https://holdfast.dev/provenance/v1',
  runPredicate: 'https://holdfast.dev/run/v1',
  buildType: 'https://holdfast.dev/run-build/v1',
} as const;
