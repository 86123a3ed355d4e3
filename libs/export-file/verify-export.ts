import { isDomainError, type Problem } from '#kernel';
import type { CheckpointPolicy } from '#evidence';
import { checkContents } from './check-contents.js';
import { checkSignatures } from './check-signatures.js';
import { manifestBytes, names, parseManifest, type ExportManifest } from './manifest.js';
import { notProvenOf, provenOf } from './plain-words.js';
import { exportInvalid, openExportZip, type ExportZip } from './zip-file.js';

/** What checking an export gave: facts that hold, in plain words, and everything that does not. */
export interface ExportReport {
  /** Absent when it could not be read. */
  readonly manifest?: ExportManifest;
  readonly totalBytes: number;
  readonly proven: readonly string[];
  readonly notProven: readonly string[];
  readonly problems: readonly Problem[];
}

export interface VerifyExportOptions extends Partial<CheckpointPolicy> {
  onProgress?(doneBytes: number, totalBytes: number): void;
}

const mostManifestBytes = 16 * 2 ** 20;

/**
 * Checks an export offline and reports everything: that the file is as it was written, its signature, every event against the log's
 * root, that no position of its range is missing, that every event is what was asked for, and that the renderings say the same.
 * Without keys, who signed is told to be unproven. Never throws for a bad export.
 * @throws EXPORT_UNREADABLE when there is no file to check
 */
export async function verifyExport(path: string, options: VerifyExportOptions = {}): Promise<ExportReport> {
  const problems: Problem[] = [];
  const attempt = async <T>(check: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await check();
    } catch (error) {
      if (!isDomainError(error) || error.code === 'EXPORT_UNREADABLE') throw error;
      problems.push(
        ...(error.problems.length > 0
          ? error.problems
          : [{ code: error.code, field: '', message: error.message }]),
      );
      return undefined;
    }
  };
  const zip = await attempt(() => openExportZip(path));
  if (zip === undefined)
    return { totalBytes: 0, proven: [], notProven: ['anything: the file is not sound'], problems };
  const totalBytes = [...zip.entries.values()].reduce((sum, { size }) => sum + size, 0);
  try {
    const manifest = await attempt(() => readManifest(zip));
    if (manifest === undefined)
      return { totalBytes, proven: [], notProven: ['anything: its manifest cannot be read'], problems };
    const signed = await attempt(() => checkSignatures(zip, manifest, options));
    const told = (done: number) => options.onProgress?.(done, totalBytes);
    await attempt(async () => problems.push(...(await checkContents(zip, manifest, told))));
    const holds = problems.length === 0;
    const notProven = holds ? notProvenOf(manifest, signed) : ['anything: see the problems'];
    return { manifest, totalBytes, proven: holds ? provenOf(manifest, signed) : [], notProven, problems };
  } finally {
    await zip.close();
  }
}

async function readManifest(zip: ExportZip): Promise<ExportManifest> {
  const bytes = await zip.readWhole(names.manifest, mostManifestBytes);
  const manifest = parseManifest(bytes);
  if (!bytes.equals(manifestBytes(manifest))) throw exportInvalid(names.manifest, 'is not canonical JSON');
  const listed = [...manifest.members.map(({ path }) => path), names.manifest, names.signature];
  if (listed.join() !== [...zip.entries.keys()].join())
    throw exportInvalid(
      names.manifest,
      `lists ${listed.join(', ')}, and there are ${[...zip.entries.keys()].join(', ')}`,
    );
  const must = [names.events, names.leaves, names.checkpoint, ...(narrows(manifest) ? [names.streams] : [])];
  const missing = must.filter((name) => !listed.includes(name));
  if (missing.length > 0) throw exportInvalid(names.manifest, `${missing.join(', ')} is missing`);
  if (!narrows(manifest) && listed.includes(names.streams))
    throw exportInvalid(names.streams, 'was not asked for');
  return manifest;
}

const narrows = ({ filter: { runs, blueprints } }: ExportManifest): boolean =>
  runs !== undefined || blueprints !== undefined;
