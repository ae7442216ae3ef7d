import { readFileSync } from 'node:fs';
import type { Struct } from '../../cpu/plan/struct.ts';
import { GPU_OPERATIONS, type GpuOperation, type GpuOperationName } from './operations.ts';

/** Names of fields that WGSL reserves. They get an underscore. */
const RESERVED = new Set(['from']);

/**
 * Writes the WGSL of an operation's kernel: its own file after the shared ones, and before them what follows from the table of
 * operations and from the buffers that the memory is in.
 *
 * @param parts buffers that the memory is in, one after the other
 * @param partVectors vectors of four floats that each of them holds, but for the last
 */
export function writeShader(name: GpuOperationName, parts: number, partVectors: number): string {
  const { struct, scalars = false, uses = [] }: GpuOperation = GPU_OPERATIONS[name];
  const files = ['common', ...uses, dashed(name)];
  return [
    writeMemory(scalars, parts, partVectors),
    writeStruct(struct, 'Operation', 'operation'),
    ...files.map((file) => readFileSync(new URL(`../kernels/${file}.wgsl`, import.meta.url), 'utf8')),
  ].join('\n');
}

/** Name of a kernel's file: `unit-backward`. */
function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The buffers of the memory, and how a vector and a float of it are read and written. */
function writeMemory(scalars: boolean, parts: number, partVectors: number): string {
  const lanes = scalars ? 4 : 1;
  const size = `${partVectors * lanes}u`;
  const buffers = Array.from({ length: parts }, (_, i) => {
    const type = scalars ? 'f32' : 'vec4f';
    return `@group(0) @binding(${2 + i}) var<storage, read_write> memory${i}: array<${type}>;`;
  });
  /** The part of an index and the index within it. */
  const inParts = (write: (array: string, index: string) => string): string => {
    const branches = Array.from({ length: parts - 1 }, (_, i) => {
      return `  if (i < ${i + 1}u * ${size}) { ${write(`memory${i}`, `i - ${i}u * ${size}`)} }`;
    });
    return [...branches, `  ${write(`memory${parts - 1}`, `i - ${parts - 1}u * ${size}`)}`].join('\n');
  };
  const read = (array: string, index: string): string => `return ${array}[${index}];`;
  const write = (array: string, index: string): string => `${array}[${index}] = value;${parts > 1 ? ' return;' : ''}`;
  if (!scalars) {
    return `${buffers.join('\n')}
fn load(i: u32) -> vec4f {
${inParts(read)}
}
fn store(i: u32, value: vec4f) {
${inParts(write)}
}
fn read_float(i: u32) -> f32 { return load(i / 4u)[i % 4u]; }
`;
  }
  return `${buffers.join('\n')}
fn read_float(i: u32) -> f32 {
${inParts(read)}
}
fn write_float(i: u32, value: f32) {
${inParts(write)}
}
fn load(i: u32) -> vec4f {
  return vec4f(read_float(4u * i), read_float(4u * i + 1u), read_float(4u * i + 2u), read_float(4u * i + 3u));
}
fn store(i: u32, value: vec4f) {
  for (var c = 0u; c < 4u; c++) { write_float(4u * i + c, value[c]); }
}
`;
}

/** A struct of words, what reads it, and the same for the elements of its lists: `LIST` counts them, `LIST_at` leads to them. */
function writeStruct({ fields }: Struct, type: string, reader: string, isElement = false): string {
  const members: string[] = [];
  const reads: string[] = [];
  const elements: string[] = [];
  let next = 'at';
  for (const [field, { kind, ...rest }] of Object.entries(fields)) {
    const name = RESERVED.has(field) ? `${field}_` : field;
    members.push(`  ${name}: u32,`);
    reads.push(`  o.${name} = words[${next}];`);
    if (kind !== 'list' || !('of' in rest)) {
      next = `${next} + 1u`;
      continue;
    }
    const { of } = rest;
    members.push(`  ${name}_at: u32,`);
    reads.push(`  o.${name}_at = ${next} + 1u;`);
    const words = of === 'place' ? 1 : Object.keys(of.fields).length;
    next = `o.${name}_at + o.${name} * ${words}u`;
    if (of !== 'place') elements.push(writeStruct(of, pascal(of.name), of.name, true));
  }
  const start = !isElement ? [] : [`  let at = first + n * ${Object.keys(fields).length}u;`];
  const parameters = !isElement ? 'at: u32' : 'first: u32, n: u32';
  return `${elements.join('')}struct ${type} {
${members.join('\n')}
}
fn read_${reader}(${parameters}) -> ${type} {
  var o: ${type};
${[...start, ...reads].join('\n')}
  return o;
}
`;
}

function pascal(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
