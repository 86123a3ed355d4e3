import * as codecs from './codecs.js';

/** Every type of event that this release writes or reads, by name. */
export const eventTypes: readonly string[] = Object.values(codecs)
  .flatMap(({ versions }) => Object.keys(versions))
  .sort();
