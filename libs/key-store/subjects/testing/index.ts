export { subjectsContract, type SubjectsUnderTest } from './subjects.contract.js';
