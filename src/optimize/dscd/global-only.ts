/** Names of the options that mean something only where alpha takes global steps. */
export const GLOBAL_ONLY = [
  'mode',
  'minSteps',
  'switch',
  'window',
  'acceptance',
  'onReject',
  'margin',
  'proposals',
  'selection',
] as const;
