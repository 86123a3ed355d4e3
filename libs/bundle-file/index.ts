export { defaultLimits, expectedOf, openBundle, type BundleLimits, type OpenBundle } from './read-bundle.js';
export { verifyBundle, type BundleReport, type VerifyOptions } from './verify-bundle.js';
export { blobFolder, coreDigest, manifestName, writeBundle, type BundleContents } from './write-bundle.js';
