/** A place in the log as clients write it. An event lies at `(offset, offset)`; between two events lie `(offset of the later, 0)`. */
export interface Position {
  readonly commit: number;
  readonly prepare: number;
}

/** Before the first event, so that an exclusive start there skips nothing. */
export const beforeAll: Position = { commit: -1, prepare: -1 };

export const at = (offset: number): Position => ({ commit: offset, prepare: offset });

export const isAfter = (a: Position, b: Position): boolean =>
  a.commit === b.commit ? a.prepare > b.prepare : a.commit > b.commit;

export const later = (a: Position, b: Position): Position => (isAfter(b, a) ? b : a);
