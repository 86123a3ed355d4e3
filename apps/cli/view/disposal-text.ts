import type { provenance } from '#contracts';
import { bytes, nounOf, when } from '../output/units.js';
import { personText } from './person-text.js';
import { word } from './plain.js';

/** What, when, by whom and on what ground; or that it was withdrawn. */
export function disposalLine(of: provenance.Disposal): string {
  const size = `${nounOf(of.blobs, 'blob')}, ${bytes(of.bytes)}`;
  const ground = `under class ${of.class}${of.early ? ' before its time' : ''}, by authority of ${of.authority}`;
  const status = word(of.status);
  const end =
    status === 'withdrawn'
      ? `; withdrawn${of.hold === '' ? '' : ` for ${of.hold}`}`
      : status === 'open'
        ? '; under way'
        : '';
  return `${of.artifacts.join(', ')} (${size}) ${when(of.disposedAt) ?? ''} by ${personText(of.disposedBy, of.disposedByName, true)} ${ground}: ${of.reason}${end}`;
}
