import { promisify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { DomainError, type Digest, type Problem } from '#kernel';
import { digestBytes, digestStream, parseTree, type Tree, type TreeEntry } from '#evidence';
import { blobFolder, manifestName } from './write-bundle.js';

/** More entries, or more bytes than this in all, are refused before anything is read. */
export interface BundleLimits {
  readonly entries: number;
  readonly totalBytes: number;
  /** Of the list of members. */
  readonly manifestBytes: number;
}

export const defaultLimits: BundleLimits = {
  entries: 1_000_000,
  totalBytes: 2 ** 40,
  manifestBytes: 64 * 2 ** 20,
};

/** More than this say no more than these. */
const mostProblems = 100;

/** An open bundle whose structure is sound: names and sizes of its entries are exactly those of its list. */
export interface OpenBundle {
  readonly core: Tree;
  readonly coreDigest: Digest;
  readonly beside: readonly Digest[];
  readonly totalBytes: number;
  /** Streams an entry; what is read is not yet verified. */
  read(entry: string): Promise<AsyncIterable<Uint8Array>>;
  close(): void;
}

const bundleInvalid = (message: string): DomainError =>
  new DomainError('integrity', 'BUNDLE_INVALID', message);

/**
 * Opens a bundle from a hostile source and checks its structure: no entry that the list does not name, none missing, none
 * twice, sizes as listed, nothing encrypted or of an unknown kind.
 * @throws BUNDLE_INVALID, TREE_INVALID; BUNDLE_UNREADABLE (not-found) when there is no such file
 */
export async function openBundle(path: string, limits: BundleLimits = defaultLimits): Promise<OpenBundle> {
  const zip = await openZip(path);
  try {
    if (zip.entryCount > limits.entries)
      throw bundleInvalid(`${zip.entryCount} entries, at most ${limits.entries}`);
    const entries = await listEntries(zip, limits);
    const list = entries.get(manifestName);
    if (!list) throw bundleInvalid(`${manifestName} is missing: not a bundle`);
    if (list.uncompressedSize > limits.manifestBytes) throw bundleInvalid(`${manifestName} is too large`);
    const parts: Uint8Array[] = [];
    for await (const part of await streamOf(zip, list)) parts.push(part);
    const bytes = Buffer.concat(parts);
    const core = parseTree(bytes);
    const beside = checkStructure(core, entries);
    return {
      core,
      coreDigest: digestBytes(bytes),
      beside,
      totalBytes: [...entries.values()].reduce((sum, entry) => sum + entry.uncompressedSize, 0),
      read: async (name) => {
        const entry = entries.get(name);
        if (!entry) throw bundleInvalid(`${name} is missing`);
        return streamOf(zip, entry);
      },
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function openZip(path: string): Promise<ZipFile> {
  const open = promisify<string, yauzl.Options, ZipFile>(yauzl.open);
  try {
    return await open(path, {
      lazyEntries: true,
      autoClose: false,
      strictFileNames: true,
      validateEntrySizes: true,
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new DomainError('not-found', 'BUNDLE_UNREADABLE', `${path}: there is no such file`);
    if (code === 'EACCES' || code === 'EISDIR')
      throw new DomainError('invalid', 'BUNDLE_UNREADABLE', `${path}: ${message}`);
    throw bundleInvalid(`not a zip file: ${message}`);
  }
}

async function listEntries(zip: ZipFile, limits: BundleLimits): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let total = 0;
  const done = Promise.withResolvers<void>();
  zip.on('error', (error) => done.reject(bundleInvalid(`the zip is damaged: ${(error as Error).message}`)));
  zip.once('end', () => done.resolve());
  zip.on('entry', (entry: Entry) => {
    total += entry.uncompressedSize;
    const problem = entries.has(entry.fileName)
      ? 'is there twice'
      : entry.isEncrypted()
        ? 'is encrypted'
        : entry.fileName.endsWith('/')
          ? 'is a folder'
          : entry.compressionMethod !== 0
            ? 'is compressed, which no bundle is'
            : total > limits.totalBytes
              ? `makes it larger than ${limits.totalBytes} bytes`
              : undefined;
    if (problem)
      return done.reject(bundleInvalid(`entry ${JSON.stringify(entry.fileName.slice(0, 200))} ${problem}`));
    entries.set(entry.fileName, entry);
    zip.readEntry();
  });
  zip.readEntry();
  await done.promise;
  return entries;
}

/** @throws BUNDLE_INVALID with every entry that is wrong, up to {@link mostProblems} */
function checkStructure(core: Tree, entries: ReadonlyMap<string, Entry>): Digest[] {
  const listed = new Map(
    core.entries.filter(({ target }) => target === undefined).map((entry) => [entry.path, entry]),
  );
  const problems: Problem[] = [];
  const wrong = (field: string, message: string) => problems.push({ code: 'BUNDLE_INVALID', field, message });
  for (const [path, { sizeBytes }] of listed) {
    const found = entries.get(path);
    if (!found) wrong(path, 'is listed but missing');
    else if (found.uncompressedSize !== sizeBytes)
      wrong(path, `has ${found.uncompressedSize} bytes, listed are ${sizeBytes}`);
  }
  const beside: Digest[] = [];
  for (const name of entries.keys()) {
    if (name === manifestName || listed.has(name)) continue;
    const hex = new RegExp(`^${blobFolder}/([0-9a-f]{64})$`).exec(name)?.[1];
    if (hex === undefined) wrong(name.slice(0, 200), 'is not listed');
    else beside.push(`sha256:${hex}` as Digest);
  }
  if (problems.length === 0) return beside;
  const shown = problems.slice(0, mostProblems);
  const { field, message } = shown[0] as Problem;
  const summary = `${JSON.stringify(field)} ${message}`;
  const all = problems.length === 1 ? summary : `${problems.length} entries are wrong; the first: ${summary}`;
  throw new DomainError('integrity', 'BUNDLE_INVALID', all, { problems: shown });
}

async function streamOf(zip: ZipFile, entry: Entry): Promise<AsyncIterable<Uint8Array>> {
  const open = promisify<Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip));
  try {
    return (await open(entry)) as unknown as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw bundleInvalid(`${entry.fileName} cannot be read: ${(error as Error).message}`);
  }
}

/** Where the bytes of a member are in the file, and what they must hash to. */
export const expectedOf = (bundle: OpenBundle): { readonly name: string; readonly digest: Digest }[] => [
  ...bundle.core.entries
    .filter(({ target }) => target === undefined)
    .map(({ path, digest }: TreeEntry) => ({ name: path, digest })),
  ...bundle.beside.map((digest) => ({ name: `${blobFolder}/${digest.slice('sha256:'.length)}`, digest })),
];

/** Hashes one entry; a damaged stream counts as other bytes. */
export async function hashEntry(bundle: OpenBundle, name: string): Promise<Digest | undefined> {
  try {
    return (await digestStream(await bundle.read(name))).digest;
  } catch {
    return undefined;
  }
}
