export { askCatalogue, everyPage, type CatalogueQuestions } from './catalogue-questions.js';
export { blobsOf, declareExperiment, knobsOf, type DeclaredBlueprint } from './declare-experiment.js';
export { knobsToDeclare } from './knobs-to-declare.js';
export { lockExperiment, type LockedExperiment } from './lock-experiment.js';
export { defaultFile, placedIn, readExperiment, shown, type Experiment } from './read-experiment.js';
export { readSet, valueOf } from './read-set.js';
export { declareTarget, lockTarget, targetOf, type DeclareOptions, type Target } from './target.js';
export { missingOf, uploadMissing, type LocalBlob } from './upload.js';
