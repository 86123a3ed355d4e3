import type { common } from '#contracts';
import { shortId } from '../output/units.js';

/** A pseudonym with the printed name beside it, where there is one. */
export const personText = (id: string, name: string | undefined, whole = false): string => {
  const shown = whole ? id : shortId(id);
  return name === undefined ? shown : `${name} (${shown})`;
};

/** Whoever did something: `person Ada Lovelace (6f1c5f0e)`, `service 3d0a11f2`. */
export const actorText = ({ type, id, name }: common.Actor): string => `${type} ${personText(id, name)}`;
