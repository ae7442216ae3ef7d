import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Lists the versions that a result depends on. */
export function describeVersions(): Readonly<Record<string, string>> {
  const { version, dependencies } = createRequire(import.meta.url)('lesslocal/package.json');
  return { lesslocal: version, node: process.version, tfjs: dependencies['@tensorflow/tfjs'] };
}

/** Describes the machine that a run runs on. */
export function describeMachine() {
  return {
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
}
