import type { Clock, JsonObject } from '#kernel';
import { digestValue } from '#evidence';
import {
  accessStream,
  type AccessCommand,
  type AccessEvent,
  type AccessState,
  type Asked,
} from '#domain/access';
import type { CallContext } from '#platform';
import { partOf, type CommandHandler } from '#runtime';
import { commandContext } from '#service';

type Reading = Extract<AccessEvent, { type: 'TrailRead' }>;

/** For so long the same question by the same actor is the same reading. */
export const coversMs = 10 * 60_000;
/** Readings that are remembered; the eldest is forgotten first, and recorded again when it is asked once more. */
const mostRemembered = 10_000;

/** What was asked, where nothing was said undefined. */
export type Said = { readonly [Field in keyof Asked]?: Asked[Field] | undefined };

/** Records who reads the trail, before anything is given out: when it cannot be recorded, nothing is. */
export interface AccessRecords {
  /** Once for each question and actor within {@link coversMs}, whichever part of the answer is taken. */
  read(
    reading: Pick<Reading, 'question'> & { readonly asked: Said; readonly follows?: boolean },
    context: CallContext,
  ): Promise<void>;
  /** What is told of an export. */
  exported(fact: Exclude<AccessEvent, Reading>, reason: string, context: CallContext): Promise<void>;
}

type Handler = CommandHandler<AccessCommand, AccessState, AccessEvent>;

export function openAccessRecords(handler: Handler, clock: Clock): AccessRecords {
  const until = new Map<string, number>();
  const record = (fact: AccessEvent, reason: string, context: CallContext) => {
    const command = partOf(commandContext(context, reason), fact.type);
    return handler.execute(accessStream(context.commandId), { type: 'Record', fact }, command);
  };
  return {
    async read({ question, asked, follows = false }, context) {
      const told = bounded(asked);
      const same = digestValue([context.actor.id, question, told as JsonObject, follows]);
      const now = clock.monotonicMs();
      if ((until.get(same) ?? 0) > now) return;
      await record(
        { type: 'TrailRead', question, asked: told, follows, coversMs, at: context.receivedAt },
        '',
        context,
      );
      until.delete(same);
      until.set(same, now + coversMs);
      for (const [eldest] of until) {
        if (until.size <= mostRemembered) break;
        until.delete(eldest);
      }
    },
    async exported(fact, reason, context) {
      await record(fact, reason, context);
    },
  };
}

const longest = 200;
const most = 100;

type Texts = string | readonly string[];

/** Only what was said. */
export const saidOf = (asked: Readonly<Record<string, Texts | undefined>>): [field: string, value: Texts][] =>
  Object.entries(asked).flatMap(([field, value]) =>
    value === undefined || value.length === 0 ? [] : [[field, value] satisfies [string, Texts]],
  );

/** And not more of it than an event should hold. */
export const bounded = (asked: Said): Asked =>
  Object.fromEntries(
    saidOf(asked).map(([field, value]) => [
      field,
      typeof value === 'string' ? short(value) : value.slice(0, most).map(short),
    ]),
  );

const short = (text: string): string => text.slice(0, longest).toWellFormed();
