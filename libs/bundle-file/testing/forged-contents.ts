import { before, member, type Forged } from './forgeries.js';

/** Code, outputs, logs, fingerprint, steps, metrics and history. */
export const forgedContents: readonly Forged[] = [
  [
    'of which a file was changed, and listed anew',
    member('code/train.mjs', '1', '2'),
    /code\/train.mjs is another file than the member/,
  ],
  [
    'with an output changed, and listed anew',
    member('steps/1/train/outputs/model.json', '1', '9'),
    /not what the history says the step wrote/,
  ],
  [
    'with a log changed, and listed anew',
    member('steps/1/train/stdout', 'hello', 'hullo'),
    /not what the history says the step wrote/,
  ],
  [
    'with other code than the manifest pins, described and signed',
    before('code/train.mjs', '1', '2'),
    /code is not what the manifest pins/,
  ],
  [
    'without a file of its code, described and signed',
    { before: (path, bytes) => (path === 'code/train.mjs' ? undefined : bytes) },
    /code is not what the manifest pins/,
  ],
  [
    'with another fingerprint, described and signed',
    before('fingerprint.json', '26.10.0', '26.10.1'),
    /fingerprint.json is not what the history says that the run started with/,
  ],
  [
    'of a run with better metrics than its step',
    { end: { metrics: [{ name: 'accuracy', value: 1, count: 1, min: 1, max: 1, folds: 0 }] } },
    /the metrics of the run are not those that follow from its steps/,
  ],
  [
    'of a step with better metrics than it wrote',
    { step: { summary: [{ name: 'accuracy', value: 1, count: 1, min: 1, max: 1, folds: 0 }] } },
    /does not hold the metrics that the history says the step wrote/,
  ],
  [
    'of a step that wrote nothing but ends of lines, and says so',
    { step: { summary: [{ name: 'a', value: 1, count: 2 ** 24, min: 1, max: 1, folds: 0 }] } },
    /does not hold the metrics that the history says the step wrote/,
  ],
  [
    'of a step that wrote a line which is nested and nothing else',
    {
      ...before('steps/1/train/metrics.jsonl', /^/, `${'['.repeat(100_000)}\n`),
      step: { summary: [{ name: 'a', value: 1, count: 1, min: 1, max: 1, folds: 0 }] },
    },
    /holds what is no metric/,
  ],
  [
    'of a step that says it wrote fewer points than none',
    { step: { summary: [{ name: 'a', value: 1, count: -9, min: 1, max: 1, folds: 0 }] } },
    /does not hold the metrics that the history says the step wrote/,
  ],
  [
    'with a fingerprint of other sections',
    before('history.jsonl', /runtime\\":\\"sha256:./, 'runtime\\":\\"sha256:x'),
    /fingerprint.json does not have the sections that the history says/,
  ],
  [
    'of another blueprint than it was submitted with',
    before('history.jsonl', 'default/birds', 'default/words'),
    /submitted with something else than the manifest: blueprint/,
  ],
  [
    'submitted with another knob',
    before('history.jsonl', '"knobs\\":{\\"l2\\":0.1', '"knobs\\":{\\"l2\\":0.2'),
    /submitted with something else than the manifest: knobs/,
  ],
  [
    'that was admitted twice',
    before('history.jsonl', '"type":"RunStarted"', '"type":"RunAdmitted"'),
    /does not begin with one submission and its admission/,
  ],
  [
    'of a step with another seed',
    { step: { seed: '0'.repeat(64) } },
    /its seed is not the one that follows from the manifest/,
  ],
  ['of a step that is not planned', { step: { step: 'tune' } }, /steps\/1\/tune is no step of the manifest/],
  ['of a fold that is not planned', { step: { fold: 0 } }, /steps\/1\/train\/0 is no step of the manifest/],
  ['of a step without its output', { step: { outputs: [] } }, /not those that the manifest declares/],
  ['of an attempt too many', { step: { epoch: 2 } }, /is of an attempt that the manifest does not allow/],
  [
    'of a step that says nothing of its outputs',
    before('history.jsonl', /outputs\\":\[[^\]]+\]/, 'outputs\\":null'),
    /not those that the manifest declares/,
  ],
  [
    'that completed without its step',
    { step: { type: 'StepFailed', failure: { class: 'timeout', message: '' } } },
    /the run completed without the step train/,
  ],
  [
    'of a run with fewer steps than its manifest',
    before('history.jsonl', 'stepsTotal\\":1', 'stepsTotal\\":2'),
    /admitted with something else than the manifest: stepsTotal/,
  ],
  [
    'with a history of nothing but ends of lines',
    { before: (path, bytes) => (path === 'history.jsonl' ? Buffer.alloc(2 ** 24, '\n') : bytes) },
    /more than 1000000 lines/,
  ],
  [
    'with a history written otherwise',
    before('history.jsonl', '"revision":0', '"revision":0.0'),
    /line 1: not written as an event is/,
  ],
  [
    'with another manifest',
    member('manifest.json', '"l2":0.1', '"l2":0.2'),
    /admitted with something else than the manifest: manifest/,
  ],
  [
    'with another history',
    member('history.jsonl', 'RunCompleted', 'RunCancelled'),
    /history.jsonl is another file than/,
  ],
];
