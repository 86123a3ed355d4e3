import { describe, expect, it } from '@jest/globals';
import { checkDeclaration } from './index.js';
import { golden } from './testing/examples.js';

const check = (text: string) => checkDeclaration(text, { file: 'f.yaml' });

describe('a file of any kind', () => {
  it.each([
    ['blueprint', golden('penguins.yaml')],
    ['knob', 'knob: l2\ntype: number\nrange: { min: 0 }\ndefault: 0\ndescription: Weight of the penalty'],
    ['environment', `environment: node-26\nkind: node\narchitecture: x64\ndigest: sha256:${'a'.repeat(64)}`],
  ])('is read as a %s', (kind, text) => {
    expect(check(text)).toMatchObject({ kind, problems: [], value: expect.anything() });
  });

  it('has its problems with their places', () => {
    const { problems } = check('knob: l2\ntype: number\nrange: { min: 0 }\ndefault: -1\ndescription: Weight');
    expect(problems).toMatchObject([
      { code: 'KNOB_OUT_OF_RANGE', field: 'default', place: { line: 4, column: 10 } },
    ]);
  });

  it('says when nothing tells what it is', () => {
    expect(check('blueprnt: a/b').problems).toMatchObject([
      { code: 'DECLARATION_UNKNOWN', fix: 'did you mean blueprint?' },
    ]);
    expect(check('7').problems).toMatchObject([{ code: 'DECLARATION_UNKNOWN' }]);
    expect(check('a: [').problems).toMatchObject([{ code: 'YAML_INVALID' }]);
  });
});
