import { changed, type Forged } from './forgeries.js';

/** What the log is said to hold. */
export const forgedProofs: readonly Forged[] = [
  [
    'of which the log holds another core',
    { sealed: (data) => ({ ...data, core: `sha256:${'0'.repeat(64)}` }) },
    /the log holds another bundle of this run: its core/,
  ],
  [
    'of which the log holds another end',
    { sealed: (data) => ({ ...data, outcome: 'failed' }) },
    /its outcome is not this one's/,
  ],
  [
    'with a leaf of another event',
    {
      leaf: (bytes, i) =>
        i === 1 ? changed(Buffer.from(bytes).toString(), /"eventId":"./, '"eventId":"g') : bytes,
    },
    /its leaf is of another event/,
  ],
  [
    'with a leaf of other bytes',
    {
      leaf: (bytes, i) =>
        i === 1 ? changed(Buffer.from(bytes).toString(), /"bytesSha256":"./, '"bytesSha256":"g') : bytes,
    },
    /of other bytes than the event/,
  ],
  [
    'with a leaf written otherwise',
    { leaf: (bytes, i) => (i === 1 ? changed(Buffer.from(bytes).toString(), ',', ', ') : bytes) },
    /its leaf is not one/,
  ],
  [
    'with a proof of nothing in it',
    {
      proofs: (files) =>
        Object.fromEntries(
          Object.entries(files).map(([name, bytes]) => [name.replace(/^.{8}/, '00000000'), bytes]),
        ),
    },
    /its leaf is of another event/,
  ],
  [
    'with half of a proof',
    {
      proofs: (files) =>
        Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith('.leaf'))),
    },
    /leaf is missing/,
  ],
  [
    'with a proof cut short',
    {
      proofs: (files) =>
        Object.fromEntries(
          Object.entries(files).map(([name, bytes]) => [
            name,
            name.endsWith('proof') ? bytes.subarray(0, 60) : bytes,
          ]),
        ),
    },
    /not a log proof/,
  ],
  [
    'with a proof without a hash',
    {
      proofs: (files) =>
        Object.fromEntries(
          Object.entries(files).map(([name, bytes]) => [
            name,
            name.endsWith('proof')
              ? Buffer.from(
                  Buffer.from(bytes)
                    .toString()
                    .replace(/\n[A-Za-z0-9+/=]{44}\n/, '\n'),
                )
              : bytes,
          ]),
        ),
    },
    /the entry is not at index/,
  ],
];
