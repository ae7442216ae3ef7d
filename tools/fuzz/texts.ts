import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decode, encode, encodeFrame, FrameDecoder } from '../../actors/codec.ts';
import { readBmp } from '../../src/data/formats/read-bmp.ts';
import { readIdx } from '../../src/data/formats/read-idx.ts';
import { unpickle } from '../../src/data/formats/unpickle.ts';
import { loadDataset } from '../../src/data/load-dataset.ts';
import { readOnnxMetadata } from '../../src/export/read-onnx-metadata.ts';
import type { Random } from '../../src/math/random.ts';
import { AppendLog } from '../../src/record/append-file.ts';
import { EventFile } from '../../src/record/event-file.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import { PUBLISHED_GENOTYPES, publishedGenotype } from '../../src/space/published-genotypes.ts';
import { makeBmp } from '../../test/support/make-bmp.ts';
import { makeCifarPickle } from '../../test/support/make-cifar-pickle.ts';
import { runInProcess } from '../../test/support/run-in-process.ts';
import { writeTinyCifar } from '../../test/support/tiny-cifar.ts';
import { runCount } from '../count.ts';
import { runStudy } from '../study.ts';
import { judgeEnding, judgeError } from './judge.ts';
import { mutateBytes, mutateJson } from './mutate.ts';

const NAMES = Object.keys(PUBLISHED_GENOTYPES);

/** Counts a genotype whose text is damaged, given as text and as a file. */
export async function fuzzGenotype(random: Random, path: string): Promise<string | null> {
  const genotype = publishedGenotype(NAMES[random.integer(NAMES.length)] as string);
  const triples = writeGenotype(genotype, 'triples');
  const forms = [JSON.stringify(genotype), triples, `A = ${triples}\nB = ${triples}`];
  const form = forms[random.integer(forms.length)] as string;
  const isBytes = random.integer(2) === 0;
  const damaged = isBytes ? mutateBytes(Buffer.from(form), random) : Buffer.from(mutateJson(form, random));
  const isFile = random.integer(2) === 0;
  if (isFile) writeFileSync(path, damaged);
  const text = Buffer.from(damaged).toString().replaceAll('\0', '');
  const verdict = judgeEnding(await runInProcess(runCount, ['--layers', '3', '--', isFile ? path : text]));
  return verdict === null ? null : `${verdict}\n  given ${text.slice(0, 1000)}`;
}

/** Summarizes a damaged table of `minimize`. */
export async function fuzzTable(random: Random, path: string): Promise<string | null> {
  const rows = Array.from({ length: 8 }, (_, i) => {
    const fields = { evaluation: i, step: i, kind: 'proposal', position: [i / 8, -1], loss: 1 / (i + 1) };
    return `${JSON.stringify({ ...fields, accepted: i % 2 === 0, best: 1 / (i + 1) })}\n`;
  });
  writeFileSync(
    path,
    random.integer(3) > 0 ? mutateJson(rows.join(''), random) : mutateBytes(Buffer.from(rows.join('')), random),
  );
  return judgeEnding(await runInProcess(runStudy, [path, '--json']));
}

/** Reads damaged bytes of every format of data. */
export function fuzzBytes(random: Random): string | null {
  const formats: readonly [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
    ['idx', IDX, (bytes) => readIdx('a.idx', bytes, 3)],
    ['idx.gz', gzipSync(IDX), (bytes) => readIdx('a.idx.gz', bytes, 3)],
    ['pickle', PICKLE, (bytes) => unpickle('data_batch_1', bytes)],
    ['bmp', makeBmp({ width: 2, pixels: Uint8Array.from({ length: 12 }, (_, i) => i), depth: 24 }), readBmp],
    ['onnx', Buffer.from('080812086c6573736c6f63616c3a00', 'hex'), readOnnxMetadata],
    ['message', encode({ a: [1, 2.5, 'x', new Float32Array(3)], b: null }), decode],
    ['frame', FRAME, (bytes) => [...new FrameDecoder().push(Buffer.from(bytes))]],
  ];
  const [name, bytes, read] = formats[random.integer(formats.length)] as (typeof formats)[number];
  const damaged = mutateBytes(bytes, random);
  try {
    read(damaged);
    return null;
  } catch (error) {
    const verdict = judgeError(error, ['FrameError', 'RangeError']);
    return verdict === null
      ? null
      : `${name}: ${verdict}\n  given ${Buffer.from(damaged).toString('hex').slice(0, 400)}`;
  }
}

/** Opens damaged logs for appending. */
export function fuzzLogs(random: Random, path: string): string | null {
  rmSync(path, { force: true });
  const events = new EventFile(path, () => 0);
  for (let step = 0; step < 3; step++) events.appendScalars(step, { 'loss/train': step });
  events.close();
  return attempt(() => {
    writeFileSync(path, mutateBytes(readFileSync(path), random));
    const opened = new EventFile(path, () => 0);
    opened.appendScalars(9, { 'loss/train': 1 });
    opened.close();
    writeFileSync(path, mutateBytes(Buffer.from('{"a":1}\n{"a":2}\n'), random));
    const log = new AppendLog(path);
    log.rewind(random.integer(30));
    log.append({ a: 3 });
    log.close();
  });
}

/** Loads a folder of pictures of which one file is damaged or has another name. */
export async function fuzzDataFolder(random: Random, folder: string): Promise<string | null> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const kind = random.integer(3);
  if (kind === 0) writeTinyCifar(folder, { train: 5, test: 1 });
  if (kind === 1) {
    for (const name of ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch']) {
      writeFileSync(join(folder, name), makeCifarPickle(new Uint8Array(3072), { labels: [1] }));
    }
    writeFileSync(join(folder, 'batches.meta'), makeCifarPickle(null, { label_names: [...'abcdefghij'] }));
  }
  if (kind === 2) {
    for (const set of ['train', 't10k']) {
      writeFileSync(join(folder, `${set}-images-idx3-ubyte`), IDX);
      writeFileSync(join(folder, `${set}-labels-idx1-ubyte`), Buffer.from('000008010000000201ff', 'hex'));
    }
  }
  const names = readdirSync(folder);
  const name = names[random.integer(names.length)] as string;
  const path = join(folder, name);
  const bytes = readFileSync(path);
  rmSync(path);
  const way = random.integer(8);
  if (way === 1) mkdirSync(path);
  if (way === 2) writeFileSync(`${path}.x`, bytes);
  if (way > 2) writeFileSync(path, mutateBytes(bytes, random));
  try {
    await loadDataset({ data: folder });
    return null;
  } catch (error) {
    return judgeError(error);
  }
}

function attempt(call: () => void): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return judgeError(error);
  }
}

const IDX = Buffer.concat([Buffer.from('00000803000000020000001c0000001c', 'hex'), Buffer.alloc(2 * 784, 7)]);
const PICKLE = makeCifarPickle(new Uint8Array(3072), { labels: [3], names: ['a'] });
const FRAME = Buffer.concat([encodeFrame({ a: 1 }), encodeFrame([1, 'b'])]);
