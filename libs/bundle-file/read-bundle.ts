import { DomainError, type Digest, type Problem } from '#kernel';
import { digestBytes, digestStream, parseTree, pathProblem, type Tree, type TreeEntry } from '#evidence';
import { openZip, type OpenZip, type ZipCargo, type ZipEntry } from '#stored-zip';
import { mostNamedBytes, namedName } from './named-edition.js';
import { blobFolder, manifestName, proofFolder } from './write-bundle.js';

/** More entries, or more bytes than this in all, are refused before anything is read. */
export interface BundleLimits {
  readonly entries: number;
  readonly totalBytes: number;
  /** Of the list of members. */
  readonly manifestBytes: number;
}

export const defaultLimits: BundleLimits = {
  entries: 500_000,
  totalBytes: 2 ** 40,
  manifestBytes: 64 * 2 ** 20,
};

const bundleInvalid = (message: string): DomainError =>
  new DomainError('integrity', 'BUNDLE_INVALID', message);

const cargo: ZipCargo = {
  noun: 'bundle',
  invalid: bundleInvalid,
  unreadable: (kind, message) => new DomainError(kind, 'BUNDLE_UNREADABLE', message),
};

/** More than this say no more than these. */
const mostProblems = 100;
/** Two files for each signature over the blueprint, and a few. */
const mostProofs = 2_048;
const mostProofBytes = 2 ** 20;

/** An open bundle whose structure is sound: names, sizes and modes of its entries are exactly those of its list. */
export interface OpenBundle {
  readonly core: Tree;
  readonly coreDigest: Digest;
  readonly beside: readonly Digest[];
  /** Names below `proofs/`. */
  readonly proofs: readonly string[];
  /** Whether names and opened reasons lie beside the core. */
  readonly named: boolean;
  readonly totalBytes: number;
  /**
   * Streams an entry; what is read is not yet verified.
   * @param lent a piece is the caller's only until it asks for the next
   */
  read(entry: string, lent?: boolean): Promise<AsyncIterable<Uint8Array>>;
  /** All of a small entry. @throws BUNDLE_INVALID beyond `maxBytes` */
  bytes(entry: string, maxBytes: number): Promise<Uint8Array>;
  close(): void;
}

/**
 * Opens a bundle from a hostile source and checks its structure: no entry that the list does not name, none missing, none
 * twice, sizes and modes as listed, nothing compressed, encrypted, linked or hidden between the entries.
 * @throws BUNDLE_INVALID, TREE_INVALID; BUNDLE_UNREADABLE (not-found) when there is no such file
 */
export async function openBundle(path: string, limits: BundleLimits = defaultLimits): Promise<OpenBundle> {
  const { entries: most, manifestBytes } = limits;
  const zip = await openZip(path, { entries: most, directoryBytes: 2 * manifestBytes }, cargo);
  try {
    if (zip.sizeBytes > limits.totalBytes)
      throw bundleInvalid(`it is larger than ${limits.totalBytes} bytes`);
    const list = await bytesOf(zip, manifestName, manifestBytes);
    const core = parseTree(list);
    const { beside, proofs } = checkStructure(core, zip.entries);
    return {
      core,
      coreDigest: digestBytes(list),
      beside,
      proofs,
      named: zip.entries.has(namedName),
      totalBytes: [...zip.entries.values()].reduce((sum, entry) => sum + entry.sizeBytes, 0),
      read: async (name, lent) => zip.read(entryOf(zip, name), lent),
      bytes: (name, maxBytes) => bytesOf(zip, name, maxBytes),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

function entryOf({ entries }: OpenZip, name: string): ZipEntry {
  const entry = entries.get(name);
  if (entry === undefined) throw bundleInvalid(`${name} is missing`);
  return entry;
}

async function bytesOf(zip: OpenZip, name: string, maxBytes: number): Promise<Uint8Array> {
  const entry = entryOf(zip, name);
  if (entry.sizeBytes > maxBytes) throw bundleInvalid(`${name} is too large: more than ${maxBytes} bytes`);
  return Buffer.concat(await Array.fromAsync(zip.read(entry)));
}

const proofName = /^(?:[0-9a-f-]{36}\.(?:tlog-proof|leaf|event)|keys\.json)$/;

/** @throws BUNDLE_INVALID with every entry that is wrong, up to {@link mostProblems} */
function checkStructure(core: Tree, entries: ReadonlyMap<string, ZipEntry>) {
  const listed = new Map(
    core.entries.filter(({ target }) => target === undefined).map((entry) => [entry.path, entry]),
  );
  const problems: Problem[] = [];
  const wrong = (field: string, message: string) =>
    problems.push({ code: 'BUNDLE_INVALID', field: field.slice(0, 200), message });
  for (const [path, { sizeBytes, mode }] of listed) {
    const found = entries.get(path);
    if (!found) wrong(path, 'is listed but missing');
    else if (found.sizeBytes !== sizeBytes)
      wrong(path, `has ${found.sizeBytes} bytes, listed are ${sizeBytes}`);
    else if (found.mode !== parseInt(mode, 8)) wrong(path, `has another mode than the listed ${mode}`);
  }
  const beside: Digest[] = [];
  const proofs: string[] = [];
  for (const [name, { mode, sizeBytes }] of entries) {
    if (listed.has(name)) continue;
    if (mode !== 0o100644) wrong(name, 'has another mode than 100644');
    if (name === manifestName) continue;
    if (name === namedName) {
      if (sizeBytes > mostNamedBytes) wrong(name, `has more than ${mostNamedBytes} bytes`);
      continue;
    }
    const hex = new RegExp(`^${blobFolder}/([0-9a-f]{64})$`).exec(name)?.[1];
    const proof = name.startsWith(`${proofFolder}/`) ? name.slice(proofFolder.length + 1) : '';
    if (hex !== undefined) beside.push(`sha256:${hex}` as Digest);
    else if (!proofName.test(proof)) wrong(name, whyNotListed(name));
    else if (sizeBytes > mostProofBytes) wrong(name, `has more than ${mostProofBytes} bytes`);
    else proofs.push(proof);
  }
  if (proofs.length > mostProofs) wrong(proofFolder, `holds more than ${mostProofs} files`);
  if (problems.length === 0) return { beside, proofs };
  const shown = problems.slice(0, mostProblems);
  const { field, message } = shown[0] as Problem;
  const summary = `${JSON.stringify(field)} ${message}`;
  const all = problems.length === 1 ? summary : `${problems.length} entries are wrong; the first: ${summary}`;
  throw new DomainError('integrity', 'BUNDLE_INVALID', all, { problems: shown });
}

const whyNotListed = (name: string): string =>
  pathProblem(name) === undefined ? 'is not listed' : 'is not listed, and its name leads elsewhere';

/** Where the bytes of a member are in the file, and what they must hash to. */
export const expectedOf = (bundle: OpenBundle): { readonly name: string; readonly digest: Digest }[] => [
  ...bundle.core.entries
    .filter(({ target }) => target === undefined)
    .map(({ path, digest }: TreeEntry) => ({ name: path, digest })),
  ...bundle.beside.map((digest) => ({ name: `${blobFolder}/${digest.slice('sha256:'.length)}`, digest })),
];

/** Hashes one entry; why it cannot be read, where it cannot. */
export async function hashEntry(
  bundle: OpenBundle,
  name: string,
): Promise<{ readonly digest: Digest } | { readonly problem: string }> {
  try {
    return { digest: (await digestStream(await bundle.read(name, true))).digest };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
