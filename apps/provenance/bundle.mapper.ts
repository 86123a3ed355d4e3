import type { provenance } from '#contracts';
import type { BundleEvent } from '#domain/bundle';
import { bundleStream } from './run-history.js';

export const toBundle = (bundle: BundleEvent): provenance.Bundle => ({
  runId: bundle.run,
  stream: bundleStream(bundle.run),
  core: bundle.core,
  sizeBytes: bundle.sizeBytes,
  members: bundle.members,
  reproducibilityKey: bundle.reproducibilityKey,
  sealedAt: bundle.at,
  imported: bundle.type === 'BundleImported',
  manifest: bundle.manifest,
  disposals: [],
});
