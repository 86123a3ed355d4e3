export { defaultLimits, expectedOf, openBundle, type BundleLimits, type OpenBundle } from './read-bundle.js';
export { namedName, type NamedEdition } from './named-edition.js';
export type { BundleReport } from './report.js';
export { verifyBundle, type VerifyOptions } from './verify-bundle.js';
export {
  blobFolder,
  coreDigest,
  manifestName,
  keysName,
  proofFolder,
  writeBundle,
  type BundleContents,
} from './write-bundle.js';
