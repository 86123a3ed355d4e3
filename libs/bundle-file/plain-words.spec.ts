import { expect, it } from '@jest/globals';
import { digestBytes, treeOf } from '#evidence';
import { nothingAttested } from './check-attestations.js';
import { notProvenBy, type Found } from './plain-words.js';
import { manifestOf } from './testing/index.js';

it('what of a Python is not in here is said: the interpreter never is', () => {
  const [digest, packages] = [digestBytes('environment'), digestBytes('packages')];
  const { pinned, declared } = manifestOf(treeOf([]), digestBytes('data'));
  const environment = { kind: 'host-python', digest, packages, interpreter: digest, lock: digest } as const;
  const told = (...beside: (typeof digest)[]) =>
    notProvenBy({
      bundle: { beside, core: treeOf([]) },
      manifest: { v: 1, pinned: { ...pinned, data: {}, environment }, declared },
      attested: nothingAttested,
      approved: { approvals: [] },
      logged: { holds: new Set() },
      otherwise: [],
    } as unknown as Found).filter((text) => text.includes('it ran in'));
  expect(told()).toEqual([expect.stringMatching(/^that the environment it ran in still exists/)]);
  expect(told(packages)).toEqual([expect.stringMatching(/^that the interpreter it ran in still exists/)]);
});
