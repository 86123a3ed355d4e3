export { signedSample, testSigner, type Forgery, type SignedSample } from './signed-sample.js';
