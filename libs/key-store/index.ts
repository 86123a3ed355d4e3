export { openSigner, signingKeyForm, type OpenSignerOptions } from './signing/index.js';
export {
  erased,
  fileSubjects,
  isSealedText,
  openText,
  sealText,
  shownText,
  type SealedText,
  type Subject,
  type Subjects,
} from './subjects/index.js';
