export { manifestOf } from './sample-manifest.js';
export { signedSample, testSigner, type Forgery, type SignedSample } from './signed-sample.js';
