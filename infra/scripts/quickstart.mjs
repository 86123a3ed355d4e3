// From a clean clone to a reproduced, compared and verified experiment: `npm run quickstart [-- NEW-FOLDER]`. Runs on any Node from 18 on.
import { resolve } from 'node:path';
import { carryThrough } from '../quickstart/carry-through.mjs';
import { prepare } from './prepare.mjs';

try {
  await prepare();
  const [folder] = process.argv.slice(2);
  process.exitCode = await carryThrough(folder && resolve(folder));
} catch (error) {
  console.error(error.message);
  process.exitCode ||= 1;
}
