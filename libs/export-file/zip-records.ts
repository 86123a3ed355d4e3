// Stored, not compressed, zip64 throughout (APPNOTE 6.3.10 §4.3): for the same members always the same bytes, no choice anywhere.

type Field = readonly [size: 2 | 4 | 8, value: number];

/** Little-endian fields and a tail, as every record of a zip is made. */
function record(fields: readonly Field[], tail: Uint8Array = new Uint8Array()): Buffer {
  const buffer = Buffer.alloc(fields.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(value, at, size);
    at += size;
  }
  return Buffer.concat([buffer, tail]);
}

/** Version 4.5: zip64. */
const version: Field = [2, 45];
/** Sizes follow the bytes, which nobody has counted before. */
const flags: Field = [2, 0x0008];
const stored: Field = [2, 0];
/** 1980-01-01 00:00:00, the earliest time a zip can say. */
const noTime: readonly Field[] = [
  [2, 0],
  [2, 0x0021],
];
/** "See the zip64 field." */
const elsewhere: Field = [4, 0xffffffff];

export const localHeader = (path: Buffer): Buffer =>
  record(
    [
      [4, 0x04034b50],
      version,
      flags,
      stored,
      ...noTime,
      [4, 0],
      elsewhere,
      elsewhere,
      [2, path.length],
      [2, 20],
    ],
    Buffer.concat([
      path,
      record([
        [2, 1],
        [2, 16],
        [8, 0],
        [8, 0],
      ]),
    ]),
  );

/** A member as the central directory knows it. */
export interface ZipEntry {
  readonly path: Buffer;
  readonly crc: number;
  readonly size: number;
  readonly offset: number;
}

export const centralHeader = ({ path, crc, size, offset }: ZipEntry): Buffer =>
  record(
    [
      ...([[4, 0x02014b50], [2, 0x032d], version, flags, stored, ...noTime, [4, crc]] as const),
      ...([elsewhere, elsewhere, [2, path.length], [2, 28], [2, 0], [2, 0], [2, 0]] as const),
      ...([[4, (0o100644 << 16) >>> 0], elsewhere] as const),
    ],
    Buffer.concat([
      path,
      record([
        [2, 1],
        [2, 24],
        [8, size],
        [8, size],
        [8, offset],
      ]),
    ]),
  );

/** The three records at the end. */
export function zipEnd(count: number, size: number, offset: number): Buffer {
  const zip64: readonly Field[] = [
    ...([[4, 0x06064b50], [8, 44], [2, 0x032d], version, [4, 0], [4, 0]] as const),
    ...([
      [8, count],
      [8, count],
      [8, size],
      [8, offset],
    ] as const),
  ];
  const locator: readonly Field[] = [
    [4, 0x07064b50],
    [4, 0],
    [8, offset + size],
    [4, 1],
  ];
  const last: readonly Field[] = [
    ...([
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, count],
      [2, count],
    ] as const),
    ...([elsewhere, elsewhere, [2, 0]] as const),
  ];
  return record([...zip64, ...locator, ...last]);
}

/** Sizes after the bytes. */
export const descriptor = ({ crc, size }: Pick<ZipEntry, 'crc' | 'size'>): Buffer =>
  record([
    [4, 0x08074b50],
    [4, crc],
    [8, size],
    [8, size],
  ]);
