/*
 * Options that runs were first recorded without, each with the value that changes nothing. A record that lacks one is
 * read with this value. The digest of a run's options leaves out what has this value. So older runs are read and resumed.
 */

/** Those of a search alone. */
export const LATER_SEARCH_OPTIONS = {
  alphaEvery: 1,
  alphaGradient: 'first',
  alphaPrior: 'decay',
  alphaRest: 0,
  channelChoice: 'first',
  cutout: 0,
  deriveBy: 'mixing',
  discreteFrom: 1,
  dropPath: 0,
  eigenvalueRise: 'none',
  freeze: 'none',
  freezeThreshold: 0.4,
  freezeWindow: 20,
  keptOperations: 4,
  maxSkips: null,
  nesterov: false,
  partialChannels: 1,
  partialChannelsEnd: 1,
  projectionBatches: 0,
  projectionCriterion: 'accuracy',
  projectionEvery: 5,
  proposalBatches: 1,
  space: 'own',
  stages: 1,
  stopSkips: null,
  watch: [],
  weightsMixing: 'alpha',
  zeroOneRise: 0,
} as const;

/** Those of every job: older runs are on CIFAR-10. */
export const LATER_DATA_OPTIONS = { pictureChannels: 3, classes: 10, flip: true, balance: false } as const;

/** All of them; a search has each. */
export const LATER_OPTIONS = { ...LATER_SEARCH_OPTIONS, ...LATER_DATA_OPTIONS } as const;
