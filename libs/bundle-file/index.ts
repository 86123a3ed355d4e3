export { defaultLimits, expectedOf, openBundle, type BundleLimits, type OpenBundle } from './read-bundle.js';
export type { BundleReport } from './report.js';
export { verifyBundle, type VerifyOptions } from './verify-bundle.js';
export {
  blobFolder,
  coreDigest,
  manifestName,
  proofFolder,
  writeBundle,
  type BundleContents,
} from './write-bundle.js';
