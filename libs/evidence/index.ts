export { canonicalBytes, canonicalize, maxDepth } from './canonical-json.js';
export { hkdfSha256, holdfastNamespace, nameId, uuidV5 } from './derive.js';
export {
  createDigester,
  digestBytes,
  digestStream,
  digestValue,
  parseDigest,
  type Digester,
} from './digest.js';
export { parseJson, type ParseOptions } from './parse-json.js';
export { pathProblem } from './path.js';
export {
  comparePaths,
  parseTree,
  treeDigest,
  treeManifest,
  treeModes,
  treeOf,
  treeSizeBytes,
  type Tree,
  type TreeEntry,
  type TreeMode,
} from './tree.js';
export * from './log/index.js';
