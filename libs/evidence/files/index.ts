export { openDigestCache, type DigestCache } from './digest-cache.js';
export { identityOf, isAtRest, stateOf } from './found-file.js';
export { hashFile, type HashedFile } from './hash-file.js';
export type { HashOptions } from './hash-files.js';
export { hashTree, type HashedTree, type HashProgress, type HashTreeOptions } from './hash-tree.js';
export { alwaysIgnored, ignoreFile, parseIgnore, type Ignore } from './ignore.js';
