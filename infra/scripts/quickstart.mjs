// From a clean clone to a reproduced, compared and verified experiment. Runs on any Node from 18 on.
import { prepare } from './prepare.mjs';
import { carryThrough } from '../quickstart/carry-through.mjs';

try {
  await prepare();
  process.exitCode = await carryThrough();
} catch (error) {
  console.error(error.message);
  process.exitCode ||= 1;
}
