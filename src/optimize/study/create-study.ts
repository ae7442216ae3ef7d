import { METHOD_OPTION_NAMES, type MethodOptions } from '../minimize/create-optimizer.ts';
import { type MinimizeOptions, type MinimizeState, resolveMinimizeOptions } from '../minimize/minimize-options.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import { Study, type StudyState } from './study.ts';

/** Options of a study: those of `minimize` that do not say how an objective is called. */
export interface StudyOptions
  extends MethodOptions,
    Pick<
      MinimizeOptions,
      'start' | 'coordinates' | 'evaluations' | 'speculative' | 'target' | 'onEvaluation' | 'tableTime'
    > {
  /** Name of a method, or an optimizer. Methods that need gradients ask for them in their trials. @default 'dscd' */
  readonly method?: MinimizeOptions['method'];
  /** State of a study, or of a run of `minimize`, to continue from. All options must be the same, except for the budget. */
  readonly resume?: StudyState | MinimizeState;
}

const NAMES: OptionNames<StudyOptions> = {
  ...METHOD_OPTION_NAMES,
  start: true,
  coordinates: true,
  evaluations: true,
  method: true,
  speculative: true,
  target: true,
  onEvaluation: true,
  tableTime: true,
  resume: true,
};

/** Stands for the objective, which is elsewhere and may give all that a method asks for. */
const ELSEWHERE = { value: () => 0, gradient: () => [], perExample: () => [] };

/**
 * Creates a study: the run of a method whose objective you evaluate where and when you like.
 *
 *     const study = createStudy({ coordinates: 3, evaluations: 300 });
 *     for (let trial = study.ask(); trial !== null; trial = study.ask()) study.tell(trial.number, f(trial.position));
 *
 * @throws RangeError if an option breaks its rule
 */
export function createStudy(options: StudyOptions): Study {
  checkOptionNames('createStudy', options, NAMES);
  const { method = 'dscd', ...others } = options;
  return new Study(resolveMinimizeOptions(ELSEWHERE, { method, ...others }));
}
