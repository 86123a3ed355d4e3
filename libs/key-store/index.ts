export { openSigner, signingKeyForm, type OpenSignerOptions } from './signing/index.js';
