import { type Device, openDevice } from '../../src/engine/webgpu/run/open-device.ts';

/** The GPU of this machine, or one in software; null if there is none, which is said once. */
export async function findGpu(): Promise<Device | null> {
  try {
    return await openDevice();
  } catch (error) {
    process.stderr.write(`NOT TESTED ON A GPU: ${(error as Error).message}\n`);
    return null;
  }
}
