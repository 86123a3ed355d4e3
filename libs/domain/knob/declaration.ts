import * as z from 'zod';
import { assertNoProblems, type Json, type Problem } from '#kernel';
import { parseJson } from '#evidence';
import {
  checkSchema,
  placed,
  textProblem,
  written,
  type Checked,
  type CheckOptions,
} from '#domain/declaration';

const number = z.number().meta({ examples: [0.1] });
const shared = {
  knob: written('identifier').meta({ description: 'Its name.', examples: ['learningRate'] }),
  unit: z
    .string()
    .max(32)
    .exactOptional()
    .meta({ description: 'UCUM, such as s, Hz or 1.', examples: ['1'] }),
  description: z
    .string()
    .min(1)
    .max(4000)
    .meta({ description: 'What turning it does.', examples: ['Step size of the gradient descent'] }),
  owner: z
    .string()
    .min(1)
    .max(200)
    .exactOptional()
    .meta({ description: 'Who answers for it.', examples: ['modelling team'] }),
};
const range = z
  .strictObject({ min: number.exactOptional(), max: number.exactOptional() })
  .meta({ description: 'Both ends included.', examples: [{ min: 0, max: 1 }] });
const type = <T extends string>(name: T) => z.literal(name).meta({ examples: [name] });

const numeric = <T extends 'number' | 'integer'>(name: T) =>
  z.strictObject({
    ...shared,
    type: type(name),
    range: range.exactOptional(),
    choices: z.array(number).min(1).max(1000).exactOptional(),
    default: number,
  });
const string = z.strictObject({
  ...shared,
  type: type('string'),
  choices: z
    .array(z.string().max(1000))
    .min(1)
    .max(1000)
    .exactOptional()
    .meta({ examples: [['adam', 'sgd']] }),
  default: z
    .string()
    .max(1000)
    .meta({ examples: ['adam'] }),
});
const boolean = z.strictObject({
  ...shared,
  type: type('boolean'),
  default: z.boolean().meta({ examples: [true] }),
});

/** A configurable parameter as people declare it; the source of the type, the check and the JSON Schema. */
export const knobSchema = z
  .discriminatedUnion('type', [numeric('number'), numeric('integer'), string, boolean])
  .meta({ title: 'Knob', description: 'A configurable parameter of the catalogue.' });

export type KnobDeclaration = z.output<typeof knobSchema>;

/** Every problem of a declaration: of its shape, then of its default and its range. */
export function checkKnob(value: unknown, options: CheckOptions = {}): Checked<KnobDeclaration> {
  const checked = checkSchema(knobSchema, value, options);
  if (checked.value === undefined) return checked;
  const knob = checked.value;
  const shape = [...rangeProblems(knob), ...textProblems(knob), ...choiceProblems(knob)];
  const fault = shape.length > 0 ? undefined : checkKnobValue(knob, knob.default, 'default');
  const problems = fault ? [fault] : shape;
  return problems.length > 0 ? { problems: placed(problems, options.locate) } : checked;
}

/** @throws JSON_INVALID, KNOB_INVALID with every problem */
export function parseKnob(bytes: Uint8Array | string): KnobDeclaration {
  const { value, problems } = checkKnob(parseJson(bytes, { maxBytes: 256 * 1024, file: 'knob' }));
  if (value === undefined || problems.length > 0) assertNoProblems(problems, 'KNOB_INVALID');
  return value as KnobDeclaration;
}

function rangeProblems(knob: KnobDeclaration): Problem[] {
  if (!('range' in knob) || knob.range === undefined) return [];
  const { min = -Infinity, max = Infinity } = knob.range;
  if (min <= max) return [];
  const message = 'ends before it begins';
  return [
    { code: 'KNOB_RANGE_EMPTY', field: 'range', message, found: `${min} to ${max}`, fix: 'swap the two' },
  ];
}

/** Choices are values of the type, inside the range when there is one. */
function choiceProblems(knob: KnobDeclaration): Problem[] {
  if (!('choices' in knob) || knob.choices === undefined) return [];
  const { choices, ...free } = knob;
  return choices.flatMap((choice, index) => {
    const fault = checkKnobValue(free as KnobDeclaration, choice, `choices[${index}]`);
    return fault ? [fault] : [];
  });
}

function textProblems(knob: KnobDeclaration): Problem[] {
  return (['description', 'owner', 'unit'] as const).flatMap((field) => {
    const problem = textProblem(knob[field] ?? '', field === 'description');
    return problem ? [{ field, ...problem }] : [];
  });
}

/**
 * Why a knob cannot take a value; undefined when it can. Codes KNOB_TYPE, KNOB_OUT_OF_RANGE, KNOB_NOT_A_CHOICE.
 * @param field where the value stands, such as `knobs.learningRate`
 */
export function checkKnobValue(knob: KnobDeclaration, value: Json, field: string): Problem | undefined {
  const problem = (code: string, message: string, fix: string): Problem => {
    return { code, field, message, found: JSON.stringify(value).slice(0, 120), fix };
  };
  const kind = knob.type === 'integer' ? Number.isSafeInteger(value) : typeof value === knob.type;
  if (!kind || (typeof value === 'number' && !Number.isFinite(value))) {
    const noun = {
      number: 'a number',
      integer: 'a whole number',
      string: 'a text',
      boolean: 'true or false',
    };
    return problem(
      'KNOB_TYPE',
      `${knob.knob} takes ${noun[knob.type]}`,
      `write one, such as ${knob.default}`,
    );
  }
  if ('range' in knob && knob.range !== undefined && typeof value === 'number') {
    const { min = -Infinity, max = Infinity } = knob.range;
    const bounds =
      min === -Infinity ? `at most ${max}` : max === Infinity ? `at least ${min}` : `from ${min} to ${max}`;
    if (value < min || value > max)
      return problem(
        'KNOB_OUT_OF_RANGE',
        `${knob.knob} takes ${bounds}`,
        `write a value ${bounds}, or revise the knob`,
      );
  }
  if ('choices' in knob && knob.choices !== undefined && !(knob.choices as readonly Json[]).includes(value)) {
    const choices = knob.choices
      .slice(0, 10)
      .map((choice) => JSON.stringify(choice))
      .join(', ');
    return problem(
      'KNOB_NOT_A_CHOICE',
      `${knob.knob} takes one of ${choices}`,
      'choose one, or revise the knob',
    );
  }
  return undefined;
}
