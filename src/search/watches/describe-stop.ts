import type { Stop } from './judge-epoch.ts';

const REASONS: Readonly<Record<Stop['by'], string>> = {
  eigenvalue: 'because the eigenvalue rose',
  skips: 'because of the skip connections in its normal cell',
};

/** Says of a search how it was stopped, as the rest of a sentence. */
export function describeStop({ by, epoch, cellsOf }: Stop): string {
  const cells = cellsOf === epoch ? '' : `, with the cells of epoch ${cellsOf}`;
  return `stopped after epoch ${epoch} ${REASONS[by]}${cells}`;
}
