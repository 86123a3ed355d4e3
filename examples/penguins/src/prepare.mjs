// raw → clean: checks every value and keeps the columns in use. Nothing is fitted here: a mean over all rows would carry
// what the held-out rows are like into training.
import { mkdirSync, writeFileSync } from 'node:fs';
import { features, species } from './penguins.mjs';
import { readTable, tableText } from './table.mjs';

const rows = readTable('inputs/raw');
const problems = [];
const clean = rows.map((row, index) => {
  if (!species.includes(row.species)) problems.push(`row ${index}: species ${row.species} is unknown`);
  for (const name of features)
    if (!(Number(row[name]) > 0)) problems.push(`row ${index}: ${name} is ${row[name]}`);
  // The row id is the place in the selected partition: what folds.json counts by.
  return { ...row, row: index };
});
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
mkdirSync('outputs', { recursive: true });
writeFileSync('outputs/clean.csv', tableText(['row', 'species', ...features], clean));
console.log(`${clean.length} complete rows`);
