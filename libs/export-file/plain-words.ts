import type { Signed } from './check-signatures.js';
import { names, type ExportManifest } from './manifest.js';

const span = ({ range: { first, end } }: ExportManifest): string =>
  first === end ? 'no position' : `positions ${first} to ${Number(end) - 1}`;

/** What a sound export proves. */
export function provenOf(manifest: ExportManifest, signed: Signed | undefined): readonly string[] {
  const { events, others, log, filter } = manifest;
  const asked =
    filter.actor === undefined
      ? [
          'every event of these positions that was asked for is in it: the others’ leaves tell type, stream and time, and none of them fits',
        ]
      : [];
  const by =
    signed?.exportBy === undefined
      ? []
      : [`the key ${signed.exportBy} signed this export and all of its files`];
  const head =
    signed === undefined || signed.checkpointBy.length === 0
      ? []
      : [
          `the log ${log.origin} of ${log.size} entries was signed by a given key${signed.followed ? ', or one that has followed it' : ''}${witnessed(signed)}`,
        ];
  return [
    ...by,
    ...head,
    `${span(manifest)}: ${events} events and ${others} leaves of others, none missing, changed, doubled or out of order, make the root of the log`,
    ...asked,
    'every event has the bytes that the log was made of',
    'the table and the report say what the events say',
  ];
}

const witnessed = ({ witnesses }: Signed): string =>
  witnesses.length === 0 ? '' : `, and cosigned by ${witnesses.join(', ')}`;

/** Of a named edition. */
export const namesNotProven = `the names and reasons in ${names.named}: whoever made this file added them, and the log holds pseudonyms and sealed texts`;

/** What no export proves, or not this one. */
export function notProvenOf(
  { filter, range, log }: ExportManifest,
  signed: Signed | undefined,
): readonly string[] {
  const unsigned =
    signed?.exportBy === undefined ? ['who made it: no key was given to check signatures with (--key)'] : [];
  const unwitnessed =
    signed !== undefined && signed.checkpointBy.length > 0 && signed.witnesses.length === 0
      ? ['that the log shows everyone the same: no witness was asked for']
      : [];
  const outside =
    (filter.recordedFrom !== undefined && range.first !== '0') ||
    (filter.recordedTo !== undefined && range.end !== log.size)
      ? ['that no event outside these positions was recorded in that time: only their hashes are here']
      : [];
  const actor =
    filter.actor === undefined
      ? []
      : ['that none of the other events is by that actor: a leaf does not say who'];
  const streams =
    filter.runs === undefined && filter.blueprints === undefined
      ? []
      : [
          'that streams.txt names every stream of these runs and blueprints: it is what the installation said',
        ];
  return [
    ...unsigned,
    ...unwitnessed,
    ...outside,
    ...actor,
    ...streams,
    'that an event says what really happened, or when: times are those of the installation’s clocks',
    'what was never recorded, and what came after the checkpoint',
  ];
}
