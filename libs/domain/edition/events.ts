import type { Digest, Instant } from '#kernel';

/** Fact of an `edition-<uuid of the command>` stream: a bundle left with names and opened reasons beside its core. Who and why is in the metadata. */
export type EditionEvent = {
  readonly type: 'NamedEditionTaken';
  readonly run: string;
  readonly core: Digest;
  readonly at: Instant;
};
