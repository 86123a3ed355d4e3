import type { Digest, Instant } from '#kernel';

type Core = {
  readonly namespace: string;
  readonly run: string;
  /** Of the tree manifest that lists every member: this is what is sealed. */
  readonly core: Digest;
  readonly members: number;
  readonly sizeBytes: number;
  readonly manifest: Digest;
  readonly reproducibilityKey: Digest;
  /** `completed`, `failed` or `cancelled`. */
  readonly outcome: string;
  readonly at: Instant;
};

/** Facts of a `bundle-<run>` stream: it holds exactly one of them. */
export type BundleEvent =
  ({ readonly type: 'BundleSealed' } & Core) | ({ readonly type: 'BundleImported' } & Core);
