// Plots as inline SVG. Colours are CSS variables, so they follow light, dark and print.

export const escape = (text) =>
  String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

const at = (value) => value.toFixed(2);

function frame({ title, description, width, height, body }) {
  const id = title.toLowerCase().replace(/[^a-z]+/g, '-');
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id} ${id}-d">
<title id="${id}">${escape(title)}</title><desc id="${id}-d">${escape(description)}</desc>
${body.join('\n')}
</svg>`;
}

const label = (x, y, text, anchor = 'middle', kind = 'tick') =>
  `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" class="${kind}">${escape(text)}</text>`;

/** One point per fold, the mean as a line, its interval as a band, the baseline dashed. */
export function foldPlot({ values, mean, interval, baseline }) {
  const [width, height, left, right, top, bottom] = [560, 260, 56, 110, 16, 40];
  const low = Math.floor(Math.min(0.95, baseline, ...values) * 20) / 20;
  const x = (fold) => left + ((fold + 0.5) / values.length) * (width - left - right);
  const y = (value) => top + ((1 - Math.min(1, Math.max(low, value))) / (1 - low)) * (height - top - bottom);
  const ticks = [0, 1, 2, 3, 4].map((i) => low + ((1 - low) * i) / 4);
  const across = (value, kind) =>
    `<line x1="${left}" x2="${width - right}" y1="${at(y(value))}" y2="${at(y(value))}" class="${kind}"/>`;
  return frame({
    title: 'Accuracy of each fold',
    description: `Held-out accuracy by fold: ${values.map((v) => v.toFixed(4)).join(', ')}; mean ${mean.toFixed(4)}; majority class ${baseline.toFixed(4)}.`,
    width,
    height,
    body: [
      ...ticks.flatMap((tick) => [
        across(tick, 'grid'),
        label(left - 8, y(tick) + 4, tick.toFixed(2), 'end'),
      ]),
      `<rect x="${left}" width="${width - left - right}" y="${at(y(interval.high))}" height="${at(y(interval.low) - y(interval.high))}" class="band"/>`,
      across(mean, 'mean'),
      label(width - right + 6, y(mean) + 4, `mean ${mean.toFixed(3)}`, 'start'),
      across(baseline, 'baseline'),
      label(width - right + 6, y(baseline) + 4, `majority ${baseline.toFixed(3)}`, 'start'),
      ...values.flatMap((value, fold) => [
        `<circle cx="${at(x(fold))}" cy="${at(y(value))}" r="5" class="point"><title>fold ${fold}: ${value.toFixed(4)}</title></circle>`,
        label(x(fold), height - bottom + 18, `fold ${fold}`),
      ]),
    ],
  });
}

/** Rows are the truth, columns the decision; shade is the share of the row. */
export function heatMap({ counts, names }) {
  const [cell, left, top] = [92, 96, 44];
  const size = cell * names.length;
  return frame({
    title: 'Confusion of species',
    description: names
      .map((name, i) => `${name}: ${counts[i].map((n, j) => `${n} taken for ${names[j]}`).join(', ')}`)
      .join('; '),
    width: left + size + 8,
    height: top + size + 8,
    body: [
      label(left + size / 2, 14, 'decided as'),
      ...names.flatMap((name, i) => [
        label(left + (i + 0.5) * cell, top - 10, name),
        label(left - 8, top + (i + 0.5) * cell + 4, name, 'end'),
      ]),
      ...counts.flatMap((row, i) => {
        const total = row.reduce((sum, n) => sum + n, 0);
        return row.flatMap((n, j) => {
          const share = total === 0 ? 0 : n / total;
          const place = `x="${left + j * cell}" y="${top + i * cell}" width="${cell - 2}" height="${cell - 2}"`;
          return [
            `<rect ${place} rx="4" class="cell"/>`,
            `<rect ${place} rx="4" class="heat" fill-opacity="${share.toFixed(3)}"/>`,
            label(
              left + (j + 0.5) * cell,
              top + (i + 0.5) * cell + 5,
              String(n),
              'middle',
              share > 0.5 ? 'on' : 'count',
            ),
          ];
        });
      }),
    ],
  });
}

/** One thin line per fold and kind: objective in training, log loss on held-out rows; logarithmic height. */
export function curves({ folds }) {
  const [width, height, left, right, top, bottom] = [560, 280, 56, 110, 16, 44];
  const all = folds.flat();
  const last = Math.max(...all.map(({ epoch }) => epoch));
  const shown = (value) => Math.max(1e-9, value);
  const values = all.flatMap(({ objective, heldOutLogLoss }) => [shown(objective), shown(heldOutLogLoss)]);
  const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
  const x = (epoch) => left + (epoch / last) * (width - left - right);
  const y = (value) =>
    top + ((high - Math.log10(shown(value))) / (high - low || 1)) * (height - top - bottom);
  const line = (curve, key, kind) =>
    `<polyline class="${kind}" points="${curve.map((p) => `${at(x(p.epoch))},${at(y(p[key]))}`).join(' ')}"/>`;
  const levels = [0, 1, 2, 3, 4].map((i) => 10 ** (low + ((high - low) * i) / 4));
  return frame({
    title: 'Learning curves',
    description: `Training objective and held-out log loss of ${folds.length} folds over ${last} epochs; both on a logarithmic scale.`,
    width,
    height,
    body: [
      ...levels.flatMap((level) => [
        `<line x1="${left}" x2="${width - right}" y1="${at(y(level))}" y2="${at(y(level))}" class="grid"/>`,
        label(left - 8, y(level) + 4, level.toPrecision(2), 'end'),
      ]),
      ...[0, 0.25, 0.5, 0.75, 1].map((part) =>
        label(x(last * part), height - bottom + 18, String(Math.round(last * part))),
      ),
      label((left + width - right) / 2, height - 6, 'epoch'),
      ...folds.flatMap((curve) => [line(curve, 'objective', 'seen'), line(curve, 'heldOutLogLoss', 'held')]),
      ...[
        ['seen', 'training'],
        ['held', 'held out'],
      ].flatMap(([kind, text], i) => [
        `<line x1="${width - right + 8}" x2="${width - right + 30}" y1="${top + 10 + i * 20}" y2="${top + 10 + i * 20}" class="${kind}"/>`,
        label(width - right + 36, top + 14 + i * 20, text, 'start'),
      ]),
    ],
  });
}
