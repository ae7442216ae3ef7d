import type { RetrainedRun } from '../../actors/retraining/retrained-run.ts';
import { readDataRecord } from '../../src/data/data-record.ts';
import type { GenotypeInDialect } from '../../src/export/genotype-in-dialect.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { CELL_KINDS, type CellKind } from '../../src/space/cell.ts';

/**
 * Facts that a user of an exported file must know besides the numbers, by name. Lists, numbers and truths are JSON. They
 * travel in ONNX's `metadata_props` and in the `__metadata__` of safetensors.
 *
 * @param inDialect the run's genotype as text
 */
export function describeNetwork(run: RetrainedRun, { text, dialect }: GenotypeInDialect): Record<string, string> {
  const { options, preprocessing, epochs, config } = run;
  const { side } = readDataRecord(config.data);
  const { image, channels: pictureChannels, mean, deviation, classes } = preprocessing;
  const { channels, layers, stemMultiplier, auxiliaryWeight } = options;
  const facts = {
    ...{ classes, image, side, pictureChannels, mean, deviation },
    ...{ channels, layers, stemMultiplier, auxiliary: auxiliaryWeight > 0, epochs },
    cells: describeCells(run),
  };
  return {
    genotype: text,
    dialect,
    normalization:
      '(pixel / 255 - mean) / deviation, of each channel; pixels of a larger picture are averaged over boxes',
    ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, JSON.stringify(value)])),
  };
}

/** A kind of cell: its entries `[primitive, from, to]`, and the nodes that its output concatenates, in order. */
interface CellDescription {
  readonly entries: readonly (readonly [primitive: string, from: number, to: number])[];
  readonly output: readonly number[];
}

function describeCells({ options, graph }: { readonly options: RetrainingOptions; readonly graph: BlockGraph }) {
  const cell = (kind: CellKind): CellDescription => ({
    entries: options.genotype[kind].map(({ primitive, from, to }) => [primitive, from, to]),
    output: outputOf(graph, kind),
  });
  return Object.fromEntries(CELL_KINDS.map((kind) => [kind, cell(kind)]));
}

/** Nodes that the first cell of a kind concatenates; none if the network has no such cell. */
function outputOf({ blocks }: BlockGraph, kind: CellKind): number[] {
  const first = blocks.findIndex((block) => block.kind === 'node' && block.cellKind === kind);
  const concat = blocks.slice(first).find((block) => block.kind === 'concat');
  if (first === -1 || concat?.kind !== 'concat') return [];
  // The values of nodes are named `cells.I.states.NODE`.
  return concat.inputs.map(({ name }) => Number(name.slice(name.lastIndexOf('.') + 1)));
}
