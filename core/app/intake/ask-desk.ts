import * as v from 'valibot';
import { QUESTION_SCHEMAS } from '../../bus/schemas.js';
import type { Manager } from '../../loop/manager.js';
import type { Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import { DESK_QUESTIONS, deskAnswers } from '../manager/control-desk.js';

/** Answers questions that come as texts, by the forms that they have on the bus. Throws `unknown-operation` or `value`. */
export function askDesk(
  manager: Pick<Manager, 'control' | 'journal' | 'system' | 'cluster'>,
  clock: Clock,
): (question: string, body: string, from: string) => unknown {
  const answers = deskAnswers(manager, clock);
  return (question, body, from) => {
    const known = DESK_QUESTIONS.find((one) => one === question);
    if (!known)
      throw new AttituneError(
        'unknown-operation',
        `There is no question "${question}"; there are ${DESK_QUESTIONS.join(', ')}.`,
      );
    const asks = v.safeParse(QUESTION_SCHEMAS[known].asks, parsed(body));
    if (!asks.success) throw new AttituneError('value', `The question ${known} is wrong: ${asks.issues[0].message}.`);
    // the form that it was just held against is that of this very question
    return answers[known](asks.output as never, from);
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw AttituneError.from(error, 'value', 'The question is no JSON');
  }
}
