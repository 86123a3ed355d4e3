// k nearest neighbours on penguins. An ordinary script: it knows nothing of Holdfast.
import { readFileSync, writeFileSync } from 'node:fs';

const NEIGHBOURS = 5;
const EVERY = 4; // every 4th bird is held out
const FEATURES = ['bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g'];

const [header, ...lines] = readFileSync('data/penguins.csv', 'utf8').trimEnd().split('\n');
const columns = header.split(',');
const birds = lines
  .map((line) => Object.fromEntries(line.split(',').map((field, i) => [columns[i], field])))
  .filter((bird) => bird.sex !== 'NA');
const heldOut = birds.filter((_, i) => i % EVERY === 0);
const seen = birds.filter((_, i) => i % EVERY !== 0);

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const scale = FEATURES.map((name) => {
  const values = seen.map((bird) => Number(bird[name]));
  const centre = mean(values);
  return { centre, spread: Math.sqrt(mean(values.map((value) => (value - centre) ** 2))) };
});
const scaled = (bird) => FEATURES.map((name, i) => (Number(bird[name]) - scale[i].centre) / scale[i].spread);
const known = seen.map((bird) => ({ species: bird.species, x: scaled(bird) }));

function decide(bird) {
  const x = scaled(bird);
  const near = known
    .map(({ species, x: other }) => ({
      species,
      distance: Math.hypot(...x.map((value, i) => value - other[i])),
    }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEIGHBOURS);
  const votes = Map.groupBy(near, ({ species }) => species);
  return [...votes].sort(([a, left], [b, right]) => right.length - left.length || (a < b ? -1 : 1))[0][0];
}

const decisions = heldOut.map((bird) => ({ species: bird.species, decided: decide(bird) }));
const accuracy = decisions.filter(({ species, decided }) => species === decided).length / decisions.length;
writeFileSync(
  'predictions.csv',
  ['species,decided', ...decisions.map((d) => `${d.species},${d.decided}`), ''].join('\n'),
);
console.log(`accuracy: ${accuracy.toFixed(4)}`);
