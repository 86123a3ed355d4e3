export { copyArtifacts, type CopiedArtifacts } from './copy-artifacts.js';
export { copyHistory, type CopiedHistory, type CopyOptions } from './copy-history.js';
export { proveSame, type ProvenHistory } from './prove-same.js';
