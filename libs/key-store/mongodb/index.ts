export { checkAddress, openMongoSubjects, type MongoSubjectsOptions } from './mongo-subjects.js';
