import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countMacs, countParameters } from '../../src/network/count.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import type { Genotype, GenotypeEntry } from '../../src/space/genotype.ts';
import { isPrimitive } from '../../src/space/primitives.ts';

type Listed = readonly (readonly [string, ...number[]])[];

/** `network-counts.json`: pairs `[primitive, from]`, two for every node, or triples `[primitive, to, from]`. */
const COUNTS = JSON.parse(readFileSync(new URL('../golden/network-counts.json', import.meta.url), 'utf8')) as {
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly genotype: { readonly normal: Listed; readonly reduce: Listed };
        readonly params: number;
        readonly paramsWithAuxiliary: number;
        readonly macs: number;
        readonly macsWithAuxiliary: number;
      }
    >
  >;
};

function entries(listed: Listed): GenotypeEntry[] {
  return listed.map(([primitive, ...numbers], i) => {
    if (!isPrimitive(primitive)) throw new RangeError(primitive);
    const [to, from] = numbers.length === 2 ? numbers : [2 + Math.floor(i / 2), numbers[0]];
    return { primitive, to: to as number, from: from as number };
  });
}

const PAPER = { channels: 36, layers: 20, image: 32 };

describe.each(Object.entries(COUNTS.networks))('%s', (_, listed) => {
  const genotype: Genotype = { normal: entries(listed.genotype.normal), reduce: entries(listed.genotype.reduce) };

  it('has the parameters and multiply-adds of the PyTorch network, exactly', () => {
    const network = buildRetrainedNetwork({ ...PAPER, genotype });
    expect(countParameters(network)).toBe(listed.params);
    expect(countMacs(network)).toBe(listed.macs);
  });

  it('has them with the auxiliary head too', () => {
    const network = buildRetrainedNetwork({ ...PAPER, genotype, auxiliary: true });
    expect(countParameters(network)).toBe(listed.paramsWithAuxiliary);
    expect(countMacs(network)).toBe(listed.macsWithAuxiliary);
  });
});
