export { captureFingerprint, type Fingerprint, type FingerprintSection } from './capture-fingerprint.js';
