import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { describeRetraining } from '../../experiments/retrain/retrain-words.ts';
import { ProgressDisplay } from '../../src/command/progress.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';

/** A terminal that remembers what was written on it. */
class Terminal extends Writable {
  readonly isTTY = true;
  readonly columns = 200;
  written = '';

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.written += chunk.toString();
    done();
  }

  readonly cursorTo = (): boolean => true;
  readonly moveCursor = (): boolean => true;
  readonly clearLine = (): boolean => true;
  readonly clearScreenDown = (): boolean => true;
}

const genotype = publishedGenotype('DARTS_V2');
const engine = { engine: 'cpu', backend: 'native', reason: 'asked for', usesGpu: false, threads: 2 } as const;

it('shows every line on a terminal, up to the last', () => {
  const terminal = new Terminal();
  const display = new ProgressDisplay({ stdout: terminal, stderr: terminal });
  const words = describeRetraining(resolveRetrainingOptions({ genotype }, 'smoke'));
  const sizes = { parameters: 3214, macs: 105e6, memoryBytes: 2 ** 20, expectedSeconds: 120 };
  display.show({ event: 'started', run: 'runs/1', step: 0, steps: 36, engine, ...sizes }, words);
  display.show({ event: 'step', step: 1, steps: 36, kind: 'weights', loss: 2.3 }, words);
  display.show({ event: 'warning', message: 'something is odd' }, words);
  const test = { loss: 0.5, accuracy: 0.8125, pictures: 32 };
  display.show(
    { event: 'done', genotype, test, parameters: 3214, macs: 105e6, weightsDigest: '', run: 'runs/1' },
    words,
  );
  display.stop();
  for (const line of [
    'network    3 cells, 4 channels, 8x8: 3.21 k weights, 105.0 M multiply-adds a picture',
    'needs      about 1 MiB for the network, about 2 min',
    'warning    something is odd',
    'test accuracy 81.25 % on 32 pictures, loss 0.500',
  ]) {
    expect(terminal.written).toContain(`${line}\n`);
  }
});

it('shows many runs as one bar, with lines above it', () => {
  const terminal = new Terminal();
  const display = new ProgressDisplay({ stdout: terminal, stderr: terminal });
  display.whole(3, 12, ['epochs', '0/2 runs', 'about 9 s left']);
  display.whole(6, 12, ['epochs', '1/2 runs', 'about 6 s left']);
  display.line('1/2  found');
  display.stop();
  expect(terminal.written).toContain('1/2  found\n');
  expect(terminal.written).toContain('6/12 epochs  1/2 runs  about 6 s left');
});
