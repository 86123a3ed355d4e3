import type { Digest } from '#kernel';
import type { Manifest } from './manifest.js';

/** Bytes that must be in the artifact store before a run can start. */
export type RequiredBlob = {
  readonly digest: Digest;
  /** Of a `tree` the digest is that of its manifest: the files it lists are required too. */
  readonly kind: 'file' | 'tree';
  /** `code`, or `data.<name>`. */
  readonly what: string;
  /** What the manifest says its files hold together; it is in the key, so it must be true. */
  readonly sizeBytes?: number;
};

/** Code first, then data by name. */
export function requiredBlobs({ pinned }: Pick<Manifest, 'pinned'>): RequiredBlob[] {
  const data = Object.entries(pinned.data).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    { digest: pinned.code.tree, kind: 'tree', what: 'code', sizeBytes: pinned.code.sizeBytes },
    ...data.map(([name, { digest, format }]): RequiredBlob => {
      return { digest, kind: format === 'tree' ? 'tree' : 'file', what: `data.${name}` };
    }),
  ];
}

/** The digests of {@link requiredBlobs}, each once. */
export const requiredDigests = (manifest: Pick<Manifest, 'pinned'>): Digest[] => [
  ...new Set(requiredBlobs(manifest).map(({ digest }) => digest)),
];
