export { checkAddress, openMongoSubjects } from './mongo-subjects.js';
