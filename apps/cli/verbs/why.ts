import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { printable } from '../output/terminal.js';
import { when } from '../output/units.js';
import { eventText } from '../view/event-text.js';
import { actorText } from '../view/person-text.js';
import { plain } from '../view/plain.js';
import type { Action } from '../verb.js';

/** The chain of causes from what is there now back to the reason that a person gave. */
export const why: Action = async (session, [subject = '']) => {
  const { terminal, format, quiet } = session;
  const { auditor } = await session.connection();
  const answer = await auditor.explainWhy(
    { namespace: session.namespaceFor(subject), subject },
    { repeatable: true },
  );
  const { chain, reason, actor } = answer;
  if (quiet) chain.forEach(({ eventId }) => terminal.out(eventId));
  else
    await showOne(terminal, format, plain(answer), () => {
      const steps = chain.map((event, i) => {
        const what = eventText(event);
        const by = event.actor ? `, by ${actorText(event.actor)}` : '';
        return `${i === 0 ? '' : 'because '}${event.type}${what ? ` ${what}` : ''}  (${event.stream.slice(0, event.stream.indexOf('-') + 9)}, ${when(event.recordedAt)}${by})`;
      });
      const who = actor ? actorText(actor) : 'nobody who is known';
      const end = reason === '' ? `${who} gave no reason` : `${who} said: ${reason}`;
      return [...steps, end].map((line) => printable(line).replace(/\s*\n\s*/g, ' ')).join('\n');
    });
  return exitStatus.success;
};
