// What a row is: four measurements and a species.
export const features = ['bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g'];
export const species = ['Adelie', 'Chinstrap', 'Gentoo'];

/** `{ x, y }` of rows that prepare.mjs wrote: raw measurements in their units, and the index of the species. */
export const examplesOf = (rows) =>
  rows.map((row) => ({ x: features.map((name) => Number(row[name])), y: species.indexOf(row.species) }));
