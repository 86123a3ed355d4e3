import { eventTypes } from '#contracts/stored';
import { nearest } from '#domain/declaration';
import { texts, type Options } from '../verb.js';

/**
 * Of the types that `--type` names, what to say of each that no event of this release has. It is most likely mistyped, but may be of a newer
 * release that writes to the same store, so it is asked for all the same.
 */
export const unknownTypes = (options: Options): string[] =>
  texts(options, 'type')
    .filter((type) => !eventTypes.includes(type))
    .map((type) => `--type ${type}: this release knows no such event; ${hint(type)}`);

function hint(type: string): string {
  const near = nearest(type, eventTypes) ?? within(type);
  return near === undefined ? 'events are called such as RunCompleted or KnobDeclared' : `is it ${near}?`;
}

const within = (type: string): string | undefined =>
  type.length < 3 ? undefined : eventTypes.find((known) => known.toLowerCase().includes(type.toLowerCase()));
