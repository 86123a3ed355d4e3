import { createHash } from 'node:crypto';

/** A place at which a server ends itself, and how often it may have passed there before since it was started. */
export interface KillPoint {
  readonly point: string;
  /** The n of the n-th passing is drawn from 1 up to this. The workload goes on until it comes. */
  readonly upTo: number;
}

/** Where the server is killed, by what is being done there. The README says what each name means. */
export const killPoints: readonly KillPoint[] = [
  { point: 'event-store:before-commit', upTo: 24 },
  { point: 'event-store:after-commit', upTo: 24 },
  { point: 'artifact-store:mid-write', upTo: 12 },
  { point: 'artifact-store:before-commit', upTo: 12 },
  { point: 'artifact-store:after-commit', upTo: 12 },
  { point: 'artifact-store:before-rename', upTo: 2 },
  { point: 'artifact-store:after-rename', upTo: 2 },
  { point: 'read-store:mid-commit', upTo: 10 },
  { point: 'read-store:after-commit', upTo: 10 },
  { point: 'uploads:mid-stage', upTo: 15 },
  { point: 'uploads:staged', upTo: 1 },
  { point: 'scheduler:before-append-RunSubmitted', upTo: 3 },
  { point: 'scheduler:after-append-RunSubmitted', upTo: 3 },
  { point: 'scheduler:handled-sweeps', upTo: 3 },
  { point: 'scheduler:relay:after-publish', upTo: 6 },
  { point: 'executor:after-claim', upTo: 3 },
  { point: 'executor:before-step', upTo: 3 },
  { point: 'sandbox:laid-out', upTo: 6 },
  { point: 'sandbox:recorded', upTo: 6 },
  { point: 'sandbox:ended', upTo: 6 },
  { point: 'executor:before-report-step', upTo: 6 },
  { point: 'executor:before-report-completed', upTo: 3 },
  { point: 'executor:after-report-completed', upTo: 3 },
  { point: 'provenance:mid-seal', upTo: 3 },
  { point: 'provenance:before-append-BundleSealed', upTo: 3 },
  { point: 'provenance:after-append-ReproductionStarted', upTo: 1 },
  { point: 'provenance:handled-submit-repeats', upTo: 1 },
  { point: 'provenance:before-append-ReproductionConcluded', upTo: 1 },
  { point: 'provenance:after-append-ReproductionConcluded', upTo: 1 },
  { point: 'auditor:before-append-BaselineHeld', upTo: 1 },
  { point: 'tile-store:rename', upTo: 12 },
  { point: 'tile-store:sync-folder', upTo: 8 },
  { point: 'log:before-remember', upTo: 3 },
];

/** The same for the same seed: `point#n` for each of so many points that it draws, in the order of the table; over the seeds every one comes up. */
export function drawn(seed: string, tried: number): string[] {
  const draw = (what: string): number =>
    createHash('sha256').update(`${seed} ${what}`).digest().readUInt32BE();
  const lots = killPoints.map(({ point }) => draw(point));
  const last = lots.toSorted((a, b) => a - b)[tried - 1] as number;
  return killPoints
    .filter((_, index) => (lots[index] as number) <= last)
    .map(({ point, upTo }) => `${point}#${1 + (draw(`${point}#`) % upTo)}`);
}
