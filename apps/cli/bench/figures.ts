import { clockBoundMs, freeSpaceFix, warnBelowBytes } from '../doctor/check-data-folder.js';

/** What a value must be to be healthy. */
export type Range =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  /** On either side of nothing. */
  | { readonly within: number }
  | { readonly is: string };

/** One number, or word, that tells something about an installation. */
export interface Figure {
  readonly name: string;
  readonly what: string;
  readonly unit: 'ms' | 'runs/s' | 'MiB/s' | 'GiB' | '×' | '';
  readonly healthy: Range;
  /** What is healthy of a server on another machine, when that is something else. */
  readonly elsewhere?: Range;
  readonly because: string;
  /** What it is called when it is not healthy, and what to do then. */
  readonly otherwise: 'slow' | 'low' | 'off' | 'weak' | 'busy';
  readonly hint: string;
}

const busy = '`holdfast doctor` looks for what is wrong, `top` for who else works on the machine';

/** In the order in which they are shown. Ranges leave room for a machine that does something else too. */
export const figures = [
  {
    ...{ name: 'load', what: 'work waiting for each core, last minute', unit: '' },
    ...{ healthy: { atMost: 1 }, otherwise: 'busy' },
    because: 'what shares its cores with others is slower than it need be',
    hint: 'the machine does something else too, so that the figures below are worse than they need be: measure again when it rests',
  },
  {
    ...{ name: 'fsync-p50', what: 'fsync in the data folder, median', unit: 'ms' },
    ...{ healthy: { atMost: 5 }, otherwise: 'slow' },
    because: 'an acknowledgement waits for the disk; an SSD takes 0.1 to 3 ms',
    hint: 'the data folder is on a network, encrypted or spinning disk: put it on a local SSD, --data-dir or HOLDFAST_DATA_DIR',
  },
  {
    ...{ name: 'fsync-p99', what: 'fsync, one in a hundred', unit: 'ms' },
    ...{ healthy: { atMost: 30 }, otherwise: 'slow' },
    because: 'a run waits for several, so that every tenth run meets it',
    hint: 'something else writes to this disk, or it is nearly full: give the data folder a disk of its own',
  },
  {
    ...{ name: 'round-trip', what: 'call that does nothing, median', unit: 'ms' },
    ...{ healthy: { atMost: 3 }, elsewhere: { atMost: 100 }, otherwise: 'slow' },
    because: 'a command asks some ten times',
    hint: `the server is busy, or the way to it is long: ${busy}`,
  },
  {
    ...{ name: 'run-p50', what: 'trivial run, one client, median', unit: 'ms' },
    ...{ healthy: { atMost: 100 }, elsewhere: { atMost: 300 }, otherwise: 'slow' },
    because: 'what is added to every run: admission, lease, sandbox, digests; 15 to 50 ms on free cores',
    hint: `when fsync is slow, mend that first; else ${busy}`,
  },
  {
    ...{ name: 'run-p95', what: 'trivial run, one in twenty', unit: 'ms' },
    ...{ healthy: { atMost: 300 }, elsewhere: { atMost: 600 }, otherwise: 'slow' },
    because: 'the slow ones are not much slower than the others',
    hint: `it shares its cores or its disk with somebody: ${busy}`,
  },
  {
    ...{ name: 'runs-8', what: 'trivial runs, eight clients', unit: 'runs/s' },
    ...{ healthy: { atLeast: 25 }, otherwise: 'slow' },
    because: 'a sweep of a thousand short members takes a minute, not an hour',
    hint: `more slots let more run at once: \`holdfast executors\` shows them, another executor adds its own; ${busy}`,
  },
  {
    ...{ name: 'page', what: 'page of the run list, median', unit: 'ms' },
    ...{ healthy: { atMost: 30 }, elsewhere: { atMost: 130 }, otherwise: 'slow' },
    because: 'pages are read along an index, however many runs there are',
    hint: `\`holdfast projections\` shows whether a read model is being made anew; ${busy}`,
  },
  {
    ...{ name: 'lag', what: 'read models behind a command, median', unit: 'ms' },
    ...{ healthy: { atMost: 500 }, otherwise: 'slow' },
    because: 'what was done is seen by the next command, which waits for it',
    hint: `\`holdfast projections\` shows which read model is behind; ${busy}`,
  },
  {
    ...{ name: 'hashing', what: 'hashing a file on this machine', unit: 'MiB/s' },
    ...{ healthy: { atLeast: 200 }, otherwise: 'slow' },
    because: 'data is hashed when it is locked and when it is used; 400 to 2,000 by the processor',
    hint: 'the processor has no SHA instructions, is throttled, or works for others: lock large data on another machine',
  },
  {
    ...{ name: 'hashing-share', what: 'of what the digest alone takes', unit: '×' },
    ...{ healthy: { atLeast: 0.6 }, otherwise: 'slow' },
    because: 'reading a file costs little beside hashing it',
    hint: 'reading is what takes long: the temporary folder (TMPDIR) is on a slow disk, or a scanner reads along',
  },
  {
    ...{ name: 'isolation', what: 'how steps are kept apart', unit: '' },
    ...{ healthy: { is: 'bubblewrap' }, otherwise: 'weak' },
    because: 'at level process a step can reach its host, and a verdict says so',
    hint: 'on the executor, Debian and Ubuntu: `apt-get install bubblewrap util-linux`; `holdfast doctor` there says what is missing',
  },
  {
    ...{ name: 'free-disk', what: 'free for the data folder', unit: 'GiB' },
    ...{ healthy: { atLeast: warnBelowBytes / 2 ** 30 }, otherwise: 'low' },
    because: 'a full disk refuses every command',
    hint: freeSpaceFix,
  },
  {
    ...{ name: 'clock-skew', what: 'clock of the server against ours', unit: 'ms' },
    ...{ healthy: { within: clockBoundMs }, otherwise: 'off' },
    because: 'times of events are of several machines, and people compare them',
    hint: 'let both follow the same time server',
  },
  {
    ...{ name: 'clock-step', what: 'jump of our clock meanwhile', unit: 'ms' },
    ...{ healthy: { within: 500 }, otherwise: 'off' },
    because: 'a clock that is put right in jumps dates events wrongly',
    hint: 'let the time server slew the clock, not step it; after a suspended machine wakes up it may jump once',
  },
] as const satisfies readonly Figure[];

export type FigureName = (typeof figures)[number]['name'];
