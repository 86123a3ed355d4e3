import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { metricTable } from '#observability';
import { root, textOf } from '../architecture/tree.js';
import { run, toolMs, toolPath } from './tools.js';

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

interface Metric {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly labels: readonly string[];
}
const metrics: Readonly<Record<string, Metric>> = metricTable;
const dashboard = JSON.parse(textOf('infra/grafana/holdfast.json')) as Dashboard;
const rules = (parse(textOf('infra/prometheus/alerts.yaml')) as Rules).groups.flatMap((group) => group.rules);
const panels = dashboard.panels.filter(({ type }) => type === 'timeseries');
const chart = textOf('infra/helm/holdfast/templates/executors.yaml');
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.flatMap(({ definition = [] }) => definition),
  ...[...chart.matchAll(/query: (.+)/g)].map(([, query = '']) => query),
];
/** Metrics in an expression: names with a selector after them, and those that nothing else could be. */
const namesIn = (text: string): string[] => text.match(/\b(holdfast|process|nodejs)_[a-z0-9_]+/g) ?? [];
const suffixes = { gauge: [''], counter: [''], histogram: ['_bucket', '_count', '_sum'] };
const seriesOf = ([name, { type }]: [string, Metric]) => suffixes[type].map((suffix) => name + suffix);

describe('alerts and dashboard', () => {
  let promtool: string;
  const folder = join(root, 'infra/prometheus');
  beforeAll(async () => {
    promtool = await toolPath('promtool');
  }, toolMs);

  it(
    'are rules to Prometheus, which go off when they should and not otherwise',
    async () => {
      expect(await run(promtool, ['check', 'rules', 'alerts.yaml'], folder)).toContain('SUCCESS');
      expect(await run(promtool, ['test', 'rules', 'alerts.test.yaml'], folder)).toContain('SUCCESS');
    },
    toolMs,
  );

  it('ask only for what Prometheus can compute', async () => {
    const readable = expressions
      .map((text) =>
        text
          .replaceAll(/\{\{.*?\}\}/g, 'x')
          .replaceAll('$service', 'x')
          .replaceAll('$pool', 'x'),
      )
      .filter((text) => !text.startsWith('label_values('));
    const groups = [{ name: 'all', rules: readable.map((expr, i) => ({ record: `expression:${i}`, expr })) }];
    const made = await mkdtemp(join(tmpdir(), 'holdfast-rules-'));
    try {
      await writeFile(join(made, 'all.yaml'), JSON.stringify({ groups }));
      expect(await run(promtool, ['check', 'rules', 'all.yaml'], made)).toContain(
        `${readable.length} rules found`,
      );
    } finally {
      await rm(made, { recursive: true });
    }
  });

  it('ask only for metrics that are in the table, by their labels', () => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const usual = registry.getMetricsAsArray().map(({ name }) => name);
    const ours = Object.entries(metrics).flatMap(seriesOf);
    const used = [...new Set(expressions.flatMap(namesIn))];
    expect(used.filter((name) => !ours.includes(name) && !usual.includes(name))).toEqual([]);
    for (const [, name = '', selector = ''] of expressions
      .join('\n')
      .matchAll(/(holdfast_[a-z_]+)\{([^}]*)\}/g)) {
      const metric = metrics[name] ?? metrics[name.replace(/_(bucket|count|sum)$/, '')];
      for (const [, label = ''] of selector.matchAll(/(\w+)\s*[=!]/g))
        expect(['service', ...(metric?.labels ?? [])]).toContain(label);
    }
    registry.clear();
  });

  it('every alert has a test, or is like one that has', () => {
    const tested = textOf('infra/prometheus/alerts.test.yaml');
    const untested = rules
      .map(({ alert }) => alert)
      .filter((alert) => !tested.includes(`alertname: ${alert}`));
    expect(untested).toEqual(['HoldfastCallsSlow', 'HoldfastEventLoopHeld', 'HoldfastAppendsSlow']);
  });

  it('the dashboard lies in rows that do not overlap, and every line has a name', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const taken = new Set<string>();
    for (const { gridPos, title, type, targets = [] } of dashboard.panels) {
      expect(title).not.toBe('');
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`)).toBe(false);
          taken.add(`${x},${y}`);
        }
      if (type === 'timeseries') expect(targets.length).toBeGreaterThan(0);
      for (const { legendFormat } of targets) expect(legendFormat).toMatch(/\{\{\w+\}\}/);
    }
  });
});
