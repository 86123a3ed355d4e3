export { assertKeyPlace, openSigner, signingKeyForm, type OpenSignerOptions } from './signing/index.js';
export {
  assertName,
  copySubjects,
  erased,
  fileSubjects,
  isPseudonym,
  lazySubjects,
  openText,
  rememberingSubjects,
  sealText,
  shownName,
  shownText,
  type Subject,
  type Subjects,
} from './subjects/index.js';
