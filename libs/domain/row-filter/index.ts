export { columnProblems } from './column-problems.js';
export { columnsOf, evaluate, unknownCells, type CellOf, type Filter, type Literal } from './filter.js';
export { checkFilter, parseFilter, type ParsedFilter } from './parse-filter.js';
