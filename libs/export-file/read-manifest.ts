import type { Digest } from '#kernel';
import { digestBytes } from '#evidence';
import { manifestBytes, names, parseManifest, type ExportManifest } from './manifest.js';
import { exportInvalid, openExportZip, type ExportZip } from './zip-file.js';

const mostManifestBytes = 16 * 2 ** 20;

export const manifestDigestOf = (manifest: ExportManifest): Digest => digestBytes(manifestBytes(manifest));

/** What an export says of itself, and that it lists what is there. @throws EXPORT_INVALID */
export async function readManifest(zip: ExportZip): Promise<ExportManifest> {
  const bytes = await zip.readWhole(names.manifest, mostManifestBytes);
  const manifest = parseManifest(bytes);
  if (!bytes.equals(manifestBytes(manifest))) throw exportInvalid(names.manifest, 'is not canonical JSON');
  const listed = [
    ...manifest.members.map(({ path }) => path),
    ...[names.manifest, names.signature],
    ...(zip.entries.has(names.named) ? [names.named] : []),
  ];
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

/** Whether streams were chosen. */
const narrows = ({ filter: { runs, blueprints } }: ExportManifest): boolean =>
  runs !== undefined || blueprints !== undefined;

/** What a file says of itself; nothing of it is verified but its form. @throws EXPORT_INVALID, EXPORT_UNREADABLE */
export async function readExport(path: string): Promise<{
  readonly manifest: ExportManifest;
  readonly manifestDigest: Digest;
  readonly totalBytes: number;
}> {
  const zip = await openExportZip(path);
  try {
    const manifest = await readManifest(zip);
    const totalBytes = [...zip.entries.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { manifest, manifestDigest: manifestDigestOf(manifest), totalBytes };
  } finally {
    zip.close();
  }
}
