import { constants, inflateRawSync } from 'node:zlib';

const mostDepth = 3;
/* eslint-disable no-control-regex */
const gzipHeader = /\x1f\x8b\x08/g;
const zlibHeader = /x[\x01\x5e\x9c\xda]/g;
/* eslint-enable no-control-regex */
const gzipHeaderBytes = 10;
const zlibHeaderBytes = 2;
/** Whatever follows, and also where it was cut off. */
const toItsEnd = { maxOutputLength: 2 ** 24, finishFlush: constants.Z_SYNC_FLUSH };

/** How a text may stand in bytes: as it is, escaped, as hex or base64 wherever it begins, in UTF-16. */
function formsOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((shift) => {
    // Letters that other bytes have a part in are left out at both ends.
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    return whole.slice([0, 2, 3][shift], -1);
  });
  const letters = [
    ...[text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)],
    ...[bytes.toString('hex'), bytes.toString('hex').toUpperCase()],
    ...base64.flatMap((one) => [one, one.replaceAll('+', '-').replaceAll('/', '_')]),
  ];
  return [...letters.map((one) => Buffer.from(one)), Buffer.from(text, 'utf16le')];
}

/** These bytes, and what is packed or encoded within them, and within that. */
function* layersOf(bytes: Buffer, depth = 0): Generator<Buffer> {
  yield bytes;
  if (depth === mostDepth) return;
  const text = bytes.toString('latin1');
  const packed = [
    0,
    ...[...text.matchAll(gzipHeader)].map(({ index }) => index + gzipHeaderBytes),
    ...[...text.matchAll(zlibHeader)].map(({ index }) => index + zlibHeaderBytes),
  ];
  const attempts: (() => Buffer)[] = [
    ...packed.map((at) => () => inflateRawSync(bytes.subarray(at), toItsEnd)),
    ...[...text.matchAll(/[A-Za-z0-9+/_-]{24,}/g)].map(
      ([encoded]) =>
        () =>
          Buffer.from(encoded, 'base64'),
    ),
  ];
  for (const attempt of attempts) {
    let inner: Buffer;
    try {
      inner = attempt();
    } catch {
      continue; // Not packed in this way.
    }
    yield* layersOf(inner, depth + 1);
  }
}

/** Which of the texts are in any of these bytes, however deep and in whatever form. */
export function buried(texts: readonly string[], files: readonly Uint8Array[]): string[] {
  const forms = new Map(texts.map((text) => [text, formsOf(text)]));
  const found = new Set<string>();
  for (const file of files)
    for (const layer of layersOf(Buffer.from(file)))
      for (const [text, each] of forms) if (each.some((form) => layer.includes(form))) found.add(text);
  return [...found];
}
