import { bothWays } from './both-ways.js';
import { lifeOfARun } from './testing/life-of-a-run.js';

bothWays('the life of a run', lifeOfARun);
