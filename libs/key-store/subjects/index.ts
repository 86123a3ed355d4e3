export { fileSubjects } from './file-subjects.js';
export { erased, isSealedText, openText, sealText, shownText, type SealedText } from './sealed-text.js';
export { type Subject, type Subjects } from './subjects.js';
