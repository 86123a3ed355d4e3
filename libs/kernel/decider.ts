/**
 * The pure core of one kind of stream: what a command does to a state, and how facts make a state.
 * `decide` returns `[]` for a command that was already carried out, throws `DomainError` for misuse.
 * Time, ids and chance arrive inside the command; neither function reads a clock or changes its arguments.
 */
export interface Decider<Command, State, Event> {
  readonly initial: State;
  decide(command: Command, state: State): readonly Event[];
  /** Total: every event in every state gives a state; no rules here. */
  evolve(state: State, event: Event): State;
}

/** The state after a history. */
export const fold = <State, Event>(
  decider: Pick<Decider<never, State, Event>, 'initial' | 'evolve'>,
  events: Iterable<Event>,
  from: State = decider.initial,
): State => {
  let state = from;
  for (const event of events) state = decider.evolve(state, event);
  return state;
};

/** For the default branch of an exhaustive switch: the compiler refuses a forgotten case. */
export function assertNever(value: never): never {
  throw new Error(`unexpected case: ${JSON.stringify(value)}`);
}
