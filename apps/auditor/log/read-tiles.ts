import { DomainError } from '#kernel';
import { decodeEntryBundle, tilePath, tileWidth, widthOf, type ReadTile, type TileName } from '#evidence';
import type { TileStore } from '#tile-store';

/** A tile or bundle of a log; in place of a partial one that is gone the full one, or any that is wider. @throws TILE_MISSING */
export const readTilesOf =
  (tiles: TileStore): ReadTile =>
  async (name) => {
    const exact = await tiles.read(tilePath(name));
    const found = exact ?? (name.width === tileWidth ? undefined : await wider(tiles, name));
    if (found !== undefined) return found;
    const message = `the audit log has no file ${tilePath(name)}; \`holdfast audit verify\` says what else is missing`;
    throw new DomainError('integrity', 'TILE_MISSING', message);
  };

async function wider(tiles: TileStore, name: TileName): Promise<Uint8Array | undefined> {
  const path = tilePath({ ...name, width: tileWidth });
  const full = await tiles.read(path);
  if (full !== undefined) return full;
  const widths = (await tiles.list(`${path}.p`)).map(Number).filter((width) => width >= name.width);
  return widths.length === 0 ? undefined : tiles.read(tilePath({ ...name, width: Math.min(...widths) }));
}

/** The entries of a log of `size` from one bundle, and the index of the first. @throws TILE_MISSING, TILE_CORRUPT */
export async function entriesAround(
  index: number,
  size: number,
  read: ReadTile,
): Promise<{ readonly first: number; readonly entries: readonly Uint8Array[] }> {
  const bundle = Math.floor(index / tileWidth);
  const width = widthOf('entries', bundle, size);
  const bytes = await read({ level: 'entries', index: bundle, width });
  return { first: bundle * tileWidth, entries: decodeEntryBundle(bytes, width) };
}
