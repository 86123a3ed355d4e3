import { describe, expect, it } from '@jest/globals';
import { digestBytes } from '#evidence';
import type { ExportAbout } from './manifest.js';
import { earlierStyles, style } from './report-style.js';
import { isReport, reportHtml } from './report.js';

const about: ExportAbout = {
  ...{ format: 'holdfast-audit-export', v: 1, exportedAt: '2026-01-31T09:30:00.000Z', filter: {} },
  record: 'access-00000000-0000-4000-8000-000000000000',
  exportedBy: { id: 'a', type: 'person' },
  range: { first: '0', end: '0', left: [], right: [] },
  log: { origin: 'here', size: '0', root: '' },
  ...{ events: '0', others: '0', types: {} },
} as unknown as ExportAbout;

describe('the report', () => {
  it('numbers its pages when it is printed', () => {
    expect(reportHtml(about, [])).toContain('@bottom-right { content: counter(page) " / " counter(pages)');
  });

  it('is told from any other page, and one of an earlier release is a report still', () => {
    const is = (page: string) => isReport(digestBytes(page), about, []);
    expect([style, ...earlierStyles].map((css) => is(reportHtml(about, [], css)))).toEqual([true, true]);
    expect(is(reportHtml(about, [], ''))).toBe(false);
    expect(is(reportHtml({ ...about, events: '1' }, []))).toBe(false);
  });
});
