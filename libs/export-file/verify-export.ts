import { isDomainError, type Digest, type Problem } from '#kernel';
import type { CheckpointPolicy } from '#evidence';
import { checkContents } from './check-contents.js';
import { checkSignatures } from './check-signatures.js';
import { names, type ExportManifest } from './manifest.js';
import { manifestDigestOf, readManifest } from './read-manifest.js';
import { namesNotProven, notProvenOf, provenOf } from './plain-words.js';
import { openExportZip } from './zip-file.js';

/** What checking an export gave: facts that hold, in plain words, and everything that does not. */
export interface ExportReport {
  /** Of `export.json`. Absent when it could not be read. */
  readonly manifestDigest?: Digest;
  readonly manifest?: ExportManifest;
  readonly totalBytes: number;
  readonly proven: readonly string[];
  readonly notProven: readonly string[];
  readonly problems: readonly Problem[];
}

export interface VerifyExportOptions extends Partial<CheckpointPolicy> {
  onProgress?(doneBytes: number, totalBytes: number): void;
}

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
  const totalBytes = [...zip.entries.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  try {
    const manifest = await attempt(() => readManifest(zip));
    if (manifest === undefined)
      return { totalBytes, proven: [], notProven: ['anything: its manifest cannot be read'], problems };
    const signed = await attempt(() => checkSignatures(zip, manifest, options));
    const told = (done: number) => options.onProgress?.(done, totalBytes);
    await attempt(async () => problems.push(...(await checkContents(zip, manifest, told))));
    const holds = problems.length === 0;
    const notProven = holds
      ? [...notProvenOf(manifest, signed), ...(zip.entries.has(names.named) ? [namesNotProven] : [])]
      : ['anything: see the problems'];
    return {
      manifestDigest: manifestDigestOf(manifest),
      manifest,
      totalBytes,
      proven: holds ? provenOf(manifest, signed) : [],
      notProven,
      problems,
    };
  } finally {
    zip.close();
  }
}
