import { z } from 'zod';
import {
  flag,
  fraction,
  from0,
  integer,
  lastLearningRate,
  learningRate,
  positive,
  positiveInteger,
  share,
} from '../math/value-rules.ts';
import { CHANNEL_CHOICES } from '../network/block-graph.ts';
import { alternationRules, dscdRules } from '../optimize/dscd/dscd-options.ts';
import { networkOptions, runOptions } from '../options/run-options.ts';
import { MAX_NODES } from '../space/alpha.ts';
import { SPACE_CHOICES } from './alpha-shape.ts';
import { ALPHA_GRADIENTS, ALPHA_PRIORS, DERIVE_BY, type SearchMethod, WEIGHTS_MIXINGS } from './method.ts';
import { SEARCH_METHOD_NAMES, type SearchMethodName } from './methods.ts';
import { PROJECTION_CRITERIA } from './projection.ts';
import { FREEZINGS } from './watches/freezing.ts';
import { INDICATORS } from './watches/indicators.ts';
import { EIGENVALUE_RISES } from './watches/judge-epoch.ts';

const FROM_MINUS_1 = 'must be finite and at least -1';

/**
 * Every option of a search: its rule, and one line about it. All are optional on input; the command line is made
 * from this table.
 */
export const searchOptionsSchema = z.strictObject({
  method: z.enum(SEARCH_METHOD_NAMES).describe('search method'),
  /**
   * Candidate operations of the edges: the method's own, or those of a space of RobustDARTS, whatever the method (`SPACE_NAMES`).
   * @default 'own'
   */
  space: z.enum(SPACE_CHOICES).describe('candidate operations: the method’s own, or those of RobustDARTS’s S1 to S5'),
  seed: integer(0).describe('seed of everything random: same seed, same result'),

  epochs: positiveInteger.describe('passes over the training half; also the length of the annealing'),
  ...networkOptions,
  nodes: integer(1, MAX_NODES).describe('intermediate nodes of a cell'),
  /**
   * K: the operations of each edge mix the first 1/K of its channels, and the others pass by with weight 1, or that of the edge
   * (PC-DARTS). The channels must be a multiple of 2 K. @default the method's: 4 of `pc-darts`, or what the channels allow; else 1
   */
  partialChannels: positiveInteger.describe('K: operations mix 1/K of the channels, and the others pass by'),
  /**
   * Which channels are mixed, if K is above 1. `first`: those of every edge, and a node's are shuffled, as in the repository of
   * PC-DARTS. `random`: each edge of each cell draws them anew for every mini-batch, and all keep their places, as in the paper.
   * All passes of a mini-batch have the same draw, also those of accuracies. @default 'first'
   */
  channelChoice: z
    .enum(CHANNEL_CHOICES)
    .describe('channels that are mixed: the first, or random ones of each edge, drawn anew for every mini-batch'),
  /**
   * Stages of the search (DrNAS), whose mixing weights must be Dirichlet distributions. With 2, each edge keeps `keptOperations`
   * operations after half of the epochs, and the supernet is widened from `partialChannels` to `partialChannelsEnd`: new
   * channels are copies of old ones, with their velocity. @default 2 of `drnas`, else 1
   */
  stages: integer(1, 2).describe('stages of the search; after the first, edges are pruned and the supernet is widened'),
  /** Those with the largest alphas. At least 2, so that one of them is not `none`. @default 4, or all if there are fewer */
  keptOperations: integer(2).describe('operations that each edge keeps in the second stage'),
  /** At most `partialChannels`. @default the method's share of them, or less if the channels cannot be divided so */
  partialChannelsEnd: positiveInteger.describe('K in the second stage'),
  trainSize: integer(2).describe('training pictures used, half for w and half for alpha'),
  evaluationSize: integer(0).describe('pictures of each split that accuracies are measured on; 0 means all'),

  weightsLearningRate: learningRate.describe('learning rate of SGD on w at the start'),
  weightsLearningRateEnd: lastLearningRate.describe('learning rate of SGD on w at the end of its cosine'),
  momentum: fraction.describe('momentum of SGD on w'),
  nesterov: flag.describe('SGD on w looks ahead, by Nesterov’s momentum'),
  weightsDecay: from0.describe('weight decay on w'),
  clipNorm: positive.describe('largest norm of the gradient of w'),
  /**
   * Mixing weights that a step on w sees. `alpha`: those of the current alpha. `cells`: those of a random cell, another in
   * each iteration, so that operations learn to work as they do once they are kept. `perturbed` (SDARTS-RS): alpha's, with
   * noise that is drawn anew in each iteration and grows from epoch to epoch, and clipped; to the simplex if the relaxation is a
   * softmax, and to [0, 1] if it is a sigmoid, which is ours. `attack` (SDARTS-ADV): the same with the noise that makes the
   * training loss large, found by seven moves by running statistics, which do not move. The auxiliary skip of DARTS- keeps
   * its weight in all four. Alpha itself moves as always.
   * @default 'alpha'
   */
  weightsMixing: z
    .enum(WEIGHTS_MIXINGS)
    .describe(
      'mixing weights that a step on w sees: alpha’s, a random cell’s, alpha’s with noise, or the worst near alpha’s',
    ),

  /**
   * Largest chance of ScheduledDropPath, which RobustDARTS searches with (Zela et al. 2020; R-DARTS(DP)): the mixed output of an
   * edge, identities too, is left out of a picture with a chance that rises linearly from 0 in the first epoch, and else divided by
   * the chance to stay. Steps on w and on alpha have it, and the losses of proposals and their noises; all losses on a mini-batch
   * have the same drops. Accuracies, indicators and an attack have none. @default 0
   */
  dropPath: fraction.describe('chance that drop-path leaves a mixed edge out, at the end of its linear rise'),
  /** Beside drop-path, in both halves; a picture's chance rises linearly from 0 in the first epoch to 1 in the last. @default 0 */
  cutout: integer(0).describe(
    'side of the square that is erased from pictures, in pixels, with a chance that rises to 1; 0 erases none',
  ),

  /**
   * Score by which operations are frozen (OLES, Jiang et al. 2023): their weights rest until the end of the search, without step,
   * decay or part in the clipped norm. Operations with convolutions are, halvings are not. `match`: the cosine of an operation's
   * gradients on the training mini-batch of the step on w and on the search mini-batch of the same iteration, both before the
   * step and at the mixing weights that it sees. `match-sum`: the cosine of the sum of both with the first, which is what the
   * authors' code computes. Takes one more pass an iteration, with gradients in w, by the search mini-batch; it moves nothing.
   * The authors step on alpha first, and have this gradient from there. @default 'none', and 'match-sum' of `oles`
   */
  freeze: z.enum(FREEZINGS).describe('score by which operations that overfit are frozen: OLES’s, or that of its code'),
  /**
   * Mean score below which an operation is frozen, at least -1, which freezes none. Gradients that have nothing to do with each
   * other have a `match` of 0, and a `match-sum` of 0.71 if they are of one length. @default 0.4, and 0.4 * 20 / 21 of `match-sum`:
   * the code adds up 21 scores and divides by 20
   */
  freezeThreshold: z
    .number(FROM_MINUS_1)
    .min(-1, FROM_MINUS_1)
    .describe('mean score below which an operation is frozen; -1 freezes none'),
  /** M: at the end of every M iterations the mean scores are judged. @default 20, and 21 of `match-sum` */
  freezeWindow: positiveInteger.describe('M: iterations over which the scores are averaged'),

  alphaLearningRate: learningRate.describe('learning rate of Adam on alpha'),
  alphaBeta1: fraction.describe('decay of Adam’s mean of gradients'),
  alphaBeta2: fraction.describe('decay of Adam’s mean of squared gradients'),
  alphaDecay: from0.describe('weight decay on alpha, or the weight of its divergence (alphaPrior kl)'),
  /**
   * What draws alpha to 0, by the weight `alphaDecay`. `decay`: Adam's weight decay. `kl` (DrNAS): a term of the loss, the sum over
   * all rows of the Kullback-Leibler divergence of their Dirichlet distributions from the uniform one. @default 'decay'
   */
  alphaPrior: z
    .enum(ALPHA_PRIORS)
    .describe('what draws alpha to 0: weight decay, or (drnas) the divergence from the uniform distribution'),
  /**
   * How a local step has its gradient in alpha. `first`: at w, DARTS's first order. `unrolled`: through the step on w to come,
   * DARTS's second order (eq. 7), which takes four passes; ReLUs and max pools stay as they are at w, so that differences
   * give the derivative. `unrolled-plain`: the same with ReLUs and pools that switch, as in DARTS's repository, whose jumps
   * can be as large as the derivative. The step looked through is one of plain momentum, without clipping. @default 'first'
   */
  alphaGradient: z
    .enum(ALPHA_GRADIENTS)
    .describe('alpha’s gradient: at w, through a step on w, or that as DARTS’s code has it'),
  alphaEvery: positiveInteger.describe('alpha moves in every n-th iteration only; in the others only w is trained'),
  alphaRest: integer(0).describe(
    'epochs at the start of each stage in which alpha rests while w trains and the annealing goes on',
  ),
  zeroOneWeight: from0.describe('weight of FairDARTS’s zero-one loss; 0 leaves it out'),
  /**
   * Share of the search over which the weight of the zero-one loss rises linearly from 0, by completed epochs like the
   * annealing. All losses of a step have the same weight. The acceptance window compares losses as they were recorded: as
   * the weight rises, the same alpha has a smaller loss (the zero-one loss is at most 0), so that later steps win sooner
   * there. Paired acceptance is blind to that. @default 0: the whole weight from the start
   */
  zeroOneRise: share.describe(
    'share of the search over which the zero-one weight rises from 0; 0 gives all of it at once',
  ),
  /**
   * Skip connections of the normal cell at most (P-DARTS): the least likely ones beyond are replaced. Rules with a threshold
   * take no limit. The indicator `skips` counts without it. @default null: no limit
   */
  maxSkips: integer(0).nullable().describe('skip connections that the normal cell keeps at most'),
  threshold: z.number().gt(0).lt(1).nullable().describe('mixing weight that an operation must reach to be kept'),
  /**
   * What the cells are derived by. `mixing`: the method's rule on the mixing weights of the last alpha. `projection` (DARTS-PT):
   * what the supernet loses without an operation. After its epochs the search goes on with a tuning (`planTuning`), in which
   * SGD on w starts again at a tenth of its rate, and alpha takes local steps. Between its epochs each kind of cell has
   * one edge decided, in random order, and at last its nodes: the operation stays whose removal is worst, and of a node's edges
   * those two. `none` is no candidate. Only for relaxations that draw nothing and weigh no edges, with the rule `top2`.
   * @default the method's: `projection` of `darts-pt`, else `mixing`
   */
  deriveBy: z
    .enum(DERIVE_BY)
    .describe('cells are derived by alpha’s mixing weights, or by what the supernet loses without each operation'),
  /**
   * Epochs between two projections; 0 makes all of them before the one epoch of tuning. With 4 nodes there are 17, so that 5
   * makes 81 epochs of tuning. @default 5 of 50 epochs, of others as large a share, rounded down, but at least 1
   */
  projectionEvery: integer(0).describe('epochs of tuning between two projections; 0 makes all at once'),
  projectionCriterion: z
    .enum(PROJECTION_CRITERIA)
    .describe('how a projection judges the supernet without an operation'),
  /** The mini-batches of the half for alpha in the epoch to come, by batch statistics. */
  projectionBatches: integer(0).describe('mini-batches on which a projection judges; 0 means those of a whole epoch'),

  /** Indicators of a collapse that each epoch measures; none of them changes the result. `INDICATORS` says what they are. */
  watch: z
    .array(z.enum(INDICATORS))
    .readonly()
    .describe('indicators of a collapse, measured after epochs: eigenvalue, skips, distance, with commas between them'),
  /**
   * What a search does once the eigenvalue rises (`epochBeforeRise`). `none`: it goes on. `stop` (DARTS-ES): it ends, with the
   * cells of an earlier epoch. `decay` (DARTS-ADA): it goes back to that epoch with ten times the decay of w, up to 0.03; once
   * it has the most, it goes on to its end. Learning rates and annealing go by the epoch, so they go back too.
   *
   * Of 50 epochs an eigenvalue is taken every second one. A rise shows after epoch 23 at the earliest, and the epoch is then 11.
   * Both scale with the epochs, which is ours: of 15 every one, after epoch 10, and 4. Below 9 epochs no rise ever shows.
   * @default 'none'; 'stop' of `darts-es`, 'decay' of `darts-ada`
   */
  eigenvalueRise: z
    .enum(EIGENVALUE_RISES)
    .describe('once the eigenvalue rises: none goes on, stop ends with earlier cells, decay goes back with more decay'),
  /**
   * Skip connections of the normal cell that end a search once alpha moves (DARTS+); null: none do.
   * @default null; 2 of `darts-plus`
   */
  stopSkips: positiveInteger.nullable().describe('skip connections of the normal cell that end the search'),

  ...alternationRules,
  ...dscdRules,
  /**
   * M: proposals, and under `paired` the current alpha, are judged by the mean loss on M mini-batches of the half for alpha:
   * the iteration's own and the M - 1 after it. Local steps have their own alone, so that in the window the losses of
   * local steps are noisier than those of proposals. @default 1
   */
  proposalBatches: integer(1, 16).describe('M: mini-batches over which the losses of proposals are averaged'),

  noiseBatches: integer(0).describe(
    'mini-batches on which the two noises are measured after each epoch; 0 measures none',
  ),

  ...runOptions,
});

/** The options in a run's record: complete, and the method may be one of the caller's own. */
export const recordedSearchOptionsSchema = searchOptionsSchema.extend({ method: z.string('must be a name') });

/** A search's options, resolved: plain data, written whole into the run's record. */
export type SearchOptions = z.output<typeof recordedSearchOptionsSchema>;

/** Options as a caller gives them: every option may be left out. */
export type SearchOptionsInput = Partial<Omit<z.input<typeof searchOptionsSchema>, 'method'>> & {
  /** Name of a method of this library, or a method of the caller's own. */
  readonly method?: SearchMethodName | SearchMethod;
};
