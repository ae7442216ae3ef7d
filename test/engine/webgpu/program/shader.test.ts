import { describe, expect, it } from 'vitest';
import { GPU_OPERATIONS, type GpuOperationName } from '../../../../src/engine/webgpu/program/operations.ts';
import { writeShader } from '../../../../src/engine/webgpu/program/shader.ts';
import { openDevice } from '../../../../src/engine/webgpu/run/open-device.ts';

const NAMES = Object.keys(GPU_OPERATIONS) as GpuOperationName[];

describe('shaders', () => {
  // Dawn's null backend checks WGSL as the others do, and needs no GPU.
  it.each([1, 3])('are valid WGSL without a warning, with memory in %i buffers', async (parts) => {
    const { gpu } = await openDevice('null');
    for (const name of NAMES) {
      const module = gpu.createShaderModule({ code: writeShader(name, parts, 64) });
      const { messages } = await module.getCompilationInfo();
      expect(
        messages.map(({ message, lineNum }) => `${name}: ${message} (line ${lineNum})`),
        name,
      ).toEqual([]);
    }
  });

  it('initialize all variables themselves: a driver was seen to do it once instead of in each round of a loop', () => {
    for (const name of NAMES) {
      const variables = writeShader(name, 1, 0).match(/^\s*var \w+: .*;$/gm) ?? [];
      // The readers of operations assign every member.
      expect(variables.filter((line) => !line.includes('=') && !/^ {2}var o: \w+;$/.test(line.trimEnd()))).toEqual([]);
    }
  });
});
