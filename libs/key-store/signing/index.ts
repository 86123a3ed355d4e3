export { assertKeyPlace, openSigner, signingKeyForm, type OpenSignerOptions } from './open-signer.js';
