/** Which streams there are, in two bytes for each: certain when it says no, mistaken once in some hundred times when it says yes. */
export interface StreamFilter {
  add(stream: string): void;
  mayHold(stream: string): boolean;
}

/** Of the first layer; each further one has room for twice as many. */
const firstStreams = 2 ** 14;
const bitsPerStream = 16;
const bitsSet = 4;

/** A Bloom filter in layers, so that it grows with the store. */
export function openStreamFilter(): StreamFilter {
  const layers: Uint32Array[] = [];
  let room = 0;

  function has(layer: Uint32Array, at: number, step: number): boolean {
    const mask = layer.length * 32 - 1;
    for (let i = 0, bit = at; i < bitsSet; i++, bit += step)
      if ((((layer[(bit & mask) >>> 5] as number) >>> (bit & 31)) & 1) === 0) return false;
    return true;
  }

  const filter: StreamFilter = {
    add(stream) {
      if (filter.mayHold(stream)) return;
      if (room === 0) {
        room = firstStreams * 2 ** layers.length;
        layers.push(new Uint32Array((room * bitsPerStream) / 32));
      }
      room--;
      const layer = layers.at(-1) as Uint32Array;
      const mask = layer.length * 32 - 1;
      const [at, step] = hashOf(stream);
      for (let i = 0, bit = at; i < bitsSet; i++, bit += step)
        layer[(bit & mask) >>> 5] = (layer[(bit & mask) >>> 5] as number) | (1 << (bit & 31));
    },
    mayHold(stream) {
      const [at, step] = hashOf(stream);
      return layers.some((layer) => has(layer, at, step));
    },
  };
  return filter;
}

/** The digits of a stream's UUID are a hash already; its kind tells it from others of the same UUID. */
function hashOf(stream: string): readonly [at: number, step: number] {
  let kind = 0;
  for (let i = 0; i < stream.length - 36; i++) kind = (Math.imul(kind, 31) + stream.charCodeAt(i)) | 0;
  const at = Number.parseInt(stream.slice(-8), 16) ^ Math.imul(kind, 0x9e3779b1);
  return [at >>> 0, (Number.parseInt(stream.slice(-36, -28), 16) | 1) >>> 0];
}
