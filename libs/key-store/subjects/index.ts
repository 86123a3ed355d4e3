export { copySubjects } from './copy-subjects.js';
export { fileSubjects } from './file-subjects.js';
export { lazySubjects } from './lazy-subjects.js';
export { rememberingSubjects } from './remembering-subjects.js';
export { shownName } from './shown-name.js';
export { erased, openText, sealText, shownText } from './sealed-text.js';
export { assertName, isPseudonym, type Carried, type Subject, type Subjects } from './subjects.js';
