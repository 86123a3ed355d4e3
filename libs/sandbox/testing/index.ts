export { limits, openBench, testedLevels, type StepBench, type TestedLevel } from './step-bench.js';
