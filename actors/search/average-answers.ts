import type { Evaluation, StepAnswer } from '../../src/optimize/dscd/step.ts';

/** Evaluations of one request on one mini-batch. */
type Answer = Pick<StepAnswer, 'proposals' | 'base'>;

/**
 * Averages the evaluations of one request on several mini-batches of the same size: each loss becomes its mean, and the
 * losses per example follow each other. One answer comes back bit by bit.
 *
 * @param answers one for each mini-batch, at least one
 */
export function averageAnswers(answers: readonly Answer[]): Answer {
  const [first, ...others] = answers;
  if (first === undefined) throw new Error('an average needs an answer');
  if (others.length === 0) return first;
  const { base } = first;
  const bases = answers.flatMap((answer) => answer.base ?? []);
  return {
    proposals: first.proposals.map((_, i) => average(answers.flatMap(({ proposals }) => proposals[i] ?? []))),
    ...(base === undefined ? {} : { base: average(bases) }),
  };
}

function average(evaluations: readonly Evaluation[]): Evaluation {
  const loss = evaluations.reduce((sum, evaluation) => sum + evaluation.loss, 0) / evaluations.length;
  const each = evaluations.flatMap(({ perExample }) => (perExample === undefined ? [] : Array.from(perExample)));
  return each.length === 0 ? { loss } : { loss, perExample: each };
}
