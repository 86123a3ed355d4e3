import type { Collection } from 'mongodb';
import type { StoredHead } from './heads.js';
import { together } from './together.js';

/** Of whom a head must be, and what it must hold, to be moved. */
export type Expected = Pick<StoredHead, '_id' | 'rows' | 'layout'> & {
  readonly 'writer.name': string;
  readonly 'writer.token': number;
  readonly position: string | null;
  readonly events: number;
  readonly batch?: null;
};
export type Moved = Pick<StoredHead, 'position' | 'events'> & Partial<Pick<StoredHead, 'batch'>>;

interface Move {
  readonly filter: Expected;
  readonly moved: Moved;
}

/**
 * Moves heads by compare and set. Those of several collections that are moved in one turn of the event loop, as those of one service mostly are,
 * go in one call; each is done or not for itself.
 */
export function movesTogether(heads: Collection<StoredHead>) {
  const one = async ({ filter, moved }: Move): Promise<boolean> =>
    (await heads.updateOne(filter, { $set: moved })).matchedCount === 1;

  async function several(moves: readonly Move[]): Promise<readonly boolean[]> {
    const { matchedCount } = await heads.bulkWrite(
      moves.map(({ filter, moved }) => ({ updateOne: { filter, update: { $set: moved } } })),
      { ordered: false },
    );
    if (matchedCount === moves.length) return moves.map(() => true);
    // The answer says how many, not which.
    const ids = moves.map(({ filter }) => filter._id);
    const found = await heads.find({ _id: { $in: ids } }, { projection: { batch: 0 } }).toArray();
    const now = new Map(found.map((head) => [head._id, head]));
    return moves.map((move) => isDone(move, now.get(move.filter._id)));
  }

  const move = together<Move, boolean>(async (moves) => {
    const first = new Map(moves.map((each) => [each.filter._id, each]));
    if (first.size === 1 || first.size < moves.length) return Promise.all(moves.map(one));
    return several(moves);
  });
  return (filter: Expected, moved: Moved): Promise<boolean> => move({ filter, moved });
}

/** Nobody else has this token, and events only grow. */
const isDone = ({ filter, moved }: Move, head: StoredHead | undefined): boolean =>
  head !== undefined &&
  head.rows === filter.rows &&
  head.writer?.name === filter['writer.name'] &&
  head.writer.token === filter['writer.token'] &&
  head.position === moved.position &&
  head.events === moved.events;
