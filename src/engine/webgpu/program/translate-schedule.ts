import { type DecodedOperation, decodeSchedule } from '../../cpu/plan/decode-schedule.ts';
import type { PassingPlaces } from '../../cpu/plan/memory-map.ts';
import type { OperationFields } from '../../cpu/plan/operations.ts';
import type { GpuCall, GpuFields } from './operations.ts';

/** Most channels of a tensor that a cell, the stem or a pool makes: a workgroup's memory holds four of its pixels. */
const MAX_CHANNELS = 512;

/** Where operations find what is not among the planner's places. */
export interface Surroundings {
  readonly pictures: number;
  /** Places of what units hand on, which are read before the phase after the next. */
  readonly spreads: PassingPlaces;
  /** The word at which the numbers of an index table's place begin. */
  wordOf(place: number): number;
}

/**
 * Makes the operations of a planner's schedule into those that the kernels run, in an order in which they may run one after
 * the other. What the planner keeps in a thread's scratch becomes fields of the operations that read it.
 *
 * @throws RangeError if a tensor has more channels than the kernels have room for
 */
export function translateSchedule(schedule: Int32Array, surroundings: Surroundings): GpuCall[] {
  const phases = decodeSchedule(schedule);
  const reduced = new Set(
    phases.flatMap(({ operations }) =>
      operations.flatMap(({ name, fields }) => (name === 'reduce' ? fields.from : [])),
    ),
  );
  const translator = new Translator(surroundings, reduced);
  return phases.flatMap(({ operations }) => {
    surroundings.spreads.reuse();
    return operations.flatMap((operation) => translator.translate(operation));
  });
}

class Translator {
  readonly #surroundings: Surroundings;
  /** Places of the partial gradients that are added up: others need not be made. */
  readonly #reduced: ReadonlySet<number>;
  /** What the units that follow read. */
  #fill: OperationFields<'fill'> | null = null;
  /** Units whose gradients at the input are still to be gathered. */
  #units: GpuFields<'stateGradient'>['units'] = [];

  constructor(surroundings: Surroundings, reduced: ReadonlySet<number>) {
    this.#surroundings = surroundings;
    this.#reduced = reduced;
  }

  translate(operation: DecodedOperation): GpuCall[] {
    const { name } = operation;
    switch (name) {
      case 'fill':
        this.#fill = operation.fields;
        return [];
      case 'unit': {
        const { depthwise, pointwise, z, sums, mixing } = operation.fields;
        return [{ name, fields: { ...this.#unitInput(operation.fields), depthwise, mixing, pointwise, z, sums } }];
      }
      case 'unitBackward':
        return this.#unitBackward(operation.fields);
      case 'betweenUnits': {
        const { z, scale, shift, g, kept, sums, channels } = operation.fields;
        const { height, width } = this.#betweenSize(operation.fields.pixels);
        return [
          { name, fields: { z, scale, shift, g, kept, sums, height, width, channels, units: this.#takeUnits() } },
        ];
      }
      case 'stateGradient': {
        const { g, x, kept, channels, edges, dx, pixels } = operation.fields;
        const units = dx === null ? [] : this.#takeUnits();
        const size = dx === null ? { height: pixels, width: 1 } : this.#size;
        return [{ name, fields: { g, x, kept, ...size, channels, units, edges } }];
      }
      case 'point':
        return [{ name, fields: operation.fields }];
      case 'pointBackward': {
        const { gradients, wanted } = operation.fields;
        const back: GpuCall = { name, fields: operation.fields };
        return wanted ? [back, { name: 'pointGradients', fields: { ...operation.fields, gradients } }] : [back];
      }
      case 'stemBackward':
      case 'stem':
        checkChannels(operation.fields.channels);
        return [{ name, fields: operation.fields }];
      case 'pool':
      case 'bypassPool':
        checkChannels(operation.fields.channels);
        return [{ name: 'pool', fields: { ...operation.fields, bypass: name === 'bypassPool' } }];
      case 'logitsBackward': {
        const { gradients, inputs, classes, features, gradient } = operation.fields;
        const back: GpuCall = { name, fields: operation.fields };
        if (gradients === null || !this.#reduced.has(gradients)) return [back];
        const count = inputs.reduce((sum, { channels }) => sum + channels, 0);
        return [back, { name: 'logitsGradients', fields: { count, classes, features, gradient, gradients } }];
      }
      case 'scatter':
      case 'gather':
      case 'pick':
        return [
          {
            name,
            fields: { ...operation.fields, index: this.#surroundings.wordOf(operation.fields.index) },
          } as GpuCall,
        ];
      case 'multiplyAdd':
        throw new RangeError('no kernel measures the peak of a GPU');
      default:
        return [operation as GpuCall];
    }
  }

  /** Size of what the last units read. */
  #size = { height: 0, width: 0 };

  #unitInput({
    height,
    width,
    channels,
    kernel,
    dilation,
    stride,
  }: OperationFields<'unit'> | OperationFields<'unitBackward'>) {
    if (this.#fill === null) throw new RangeError('a unit must come after what fills its input');
    checkChannels(channels);
    const { x, kept, scale, shift } = this.#fill;
    return { x, kept, scale, shift, height, width, channels, kernel, dilation, stride };
  }

  #unitBackward(fields: OperationFields<'unitBackward'>): GpuCall[] {
    const { g, drops, z, abc, depthwise, transposed, mixing, gradients, wanted, add } = fields;
    const { height, width, channels, kernel, dilation, stride } = fields;
    const { pictures, spreads } = this.#surroundings;
    const spread = spreads.take((pictures * height * width * channels) / stride ** 2);
    const use = { spread, depthwise, kernel, dilation, stride, mixing };
    this.#units = add ? [...this.#units, use] : [use];
    this.#size = { height, width };
    const back = { g, drops, z, abc, height, width, channels, stride, transposed, spread, mixing };
    const calls: GpuCall[] = [{ name: 'unitBackward', fields: back }];
    if (!wanted || gradients === null) return calls;
    const norm = { g, drops, z, abc };
    const weights = { ...this.#unitInput(fields), depthwise, mixing, ...norm, spread, gradients };
    return [...calls, { name: 'unitGradients', fields: weights }];
  }

  #takeUnits(): GpuFields<'stateGradient'>['units'] {
    const units = this.#units;
    if (units.length === 0) throw new RangeError('a gradient must be gathered after the units that hand it on');
    this.#units = [];
    return units;
  }

  #betweenSize(pixels: number): { readonly height: number; readonly width: number } {
    const { height, width } = this.#size;
    if (height * width !== pixels) throw new RangeError(`a gradient must have ${height * width} pixels, got ${pixels}`);
    return { height, width };
  }
}

function checkChannels(channels: number): void {
  if (channels > MAX_CHANNELS) {
    throw new RangeError(`the engine webgpu takes tensors of at most ${MAX_CHANNELS} channels, got ${channels}`);
  }
}
