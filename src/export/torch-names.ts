import { CELL_KINDS, type CellKind, INPUT_NODES } from '../space/cell.ts';
import type { Genotype, GenotypeEntry } from '../space/genotype.ts';
import { connectedNodes } from '../space/genotype.ts';
import { GenotypeError } from '../space/genotype-syntax.ts';
import type { GenotypeDialect } from '../space/genotype-text.ts';

/** Parts of a module: our name, and PyTorch's. */
type Parts = Readonly<Record<string, string>>;

/** `nn.Sequential` of a 3x3 convolution and a batch norm. */
const STEM: Parts = { conv: '0', bn: '1' };

/** `ReLUConvBN` */
const PROJECTION: Parts = { conv: 'op.1', bn: 'op.2' };

/** `FactorizedReduce` */
const HALVING: Parts = { conv_a: 'conv_1', conv_b: 'conv_2', bn: 'bn' };

/** `DilConv` */
const DILATED: Parts = { dw: 'op.1', pw: 'op.2', bn: 'op.3' };

/** `SepConv` */
const SEPARABLE: Parts = { dw1: 'op.1', pw1: 'op.2', bn1: 'op.3', dw2: 'op.5', pw2: 'op.6', bn2: 'op.7' };

/** `AuxiliaryHeadCIFAR` */
const AUXILIARY: Parts = {
  conv1: 'features.2',
  bn1: 'features.3',
  conv2: 'features.5',
  bn2: 'features.6',
  classifier: 'classifier',
};

const OPERATIONS: Readonly<Record<string, Parts>> = {
  skip_connect: HALVING,
  sep_conv_3x3: SEPARABLE,
  sep_conv_5x5: SEPARABLE,
  dil_conv_3x3: DILATED,
  dil_conv_5x5: DILATED,
};

/** Names the modules of a network as the public PyTorch code does. */
export interface TorchNames {
  readonly genotype: Genotype;
  readonly dialect: GenotypeDialect;
  /** Kind of each cell, in order. */
  readonly kinds: readonly CellKind[];
}

/**
 * Translates the name of a weight, or of a running statistic, to the public code's: `cnn/model.py` of quark0/darts for
 * pairs, and `DCOCell` in `fairdarts/model.py` of xiaomi-automl/FairDARTS for triples. They differ in the operations:
 *
 * - pairs: `cells.I._ops.K`, K being the place of the entry
 * - triples: `cells.I._ops.TO.FROM.J`, J being the place among the entries of that edge
 *
 * @throws RangeError if it is not a name of a retrained network
 */
export function torchName(name: string, names: TorchNames): string {
  const path = name.split('.');
  const leaf = path.pop() as string;
  const [root, index = '', part = '', place = '', primitive = '', inner = ''] = path;
  if (root === 'stem') return `stem.${partOf(STEM, index, name)}.${leaf}`;
  if (root === 'auxiliary') return `auxiliary_head.${partOf(AUXILIARY, index, name)}.${leaf}`;
  if (root === 'classifier') return name;
  const kind = names.kinds[Number(index)];
  if (root !== 'cells' || kind === undefined) throw new RangeError(`${name} is no name of a retrained network`);
  const cell = `cells.${index}`;
  if (part !== 'entries') return `${cell}.${part}.${partOf(projectionOf(part, index, names), place, name)}.${leaf}`;
  const operation = operationPath(names.genotype[kind], Number(place), names.dialect);
  return `${cell}._ops.${operation}.${partOf(OPERATIONS[primitive], inner, name)}.${leaf}`;
}

function partOf(parts: Parts | undefined, part: string, name: string): string {
  const found = parts?.[part];
  if (found === undefined) throw new RangeError(`${name} is no name of a retrained network`);
  return found;
}

/** After a reduction cell, input 0 is twice as large as input 1 and is halved. */
function projectionOf(part: string, cell: string, { kinds }: TorchNames): Parts {
  return part === 'preprocess0' && kinds[Number(cell) - 1] === 'reduce' ? HALVING : PROJECTION;
}

function operationPath(entries: readonly GenotypeEntry[], place: number, dialect: GenotypeDialect): string {
  if (dialect === 'pairs') return `${place}`;
  const { from, to } = entries[place] as GenotypeEntry;
  const before = entries.slice(0, place).filter((entry) => entry.from === from && entry.to === to);
  return `${to}.${from}.${before.length}`;
}

/**
 * Checks that FairDARTS's code computes the cells of a genotype as they are computed here. It runs nodes in the order of
 * their first entry, concatenates all of them, leaves out entries whose source has not run by then, and fails at a node that is left without any.
 *
 * @throws GenotypeError if it would compute something else, or fail
 */
export function checkTriplesRun(genotype: Genotype): void {
  for (const kind of CELL_KINDS) {
    if (genotype[`${kind}Concat`] !== undefined) {
      throw new GenotypeError(`FairDARTS’s code concatenates every node of the ${kind} cell, whatever the list says`);
    }
    const entries = genotype[kind];
    const reached = new Set(connectedNodes(entries));
    const done = new Set(Array.from({ length: INPUT_NODES }, (_, input) => input));
    for (const node of new Set(entries.map(({ to }) => to))) {
      if (!reached.has(node)) {
        throw new GenotypeError(`FairDARTS’s code fails at node ${node} of the ${kind} cell, which no input reaches`);
      }
      const late = entries.find(({ to, from }) => to === node && reached.has(from) && !done.has(from));
      if (late !== undefined) {
        throw new GenotypeError(
          `FairDARTS’s code runs node ${node} of the ${kind} cell before node ${late.from}, which it reads`,
        );
      }
      done.add(node);
    }
  }
}
