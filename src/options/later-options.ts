/**
 * Options that runs were first recorded without, each with the value that changes nothing. A record that lacks one is
 * read with this value. The digest of a run's options leaves out what has this value. So older runs are read and resumed.
 */
export const LATER_OPTIONS = {
  alphaEvery: 1,
  alphaRest: 0,
  discreteFrom: 1,
  proposalBatches: 1,
  weightsMixing: 'alpha',
  zeroOneRise: 0,
} as const;
