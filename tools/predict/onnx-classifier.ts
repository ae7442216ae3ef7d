import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { normalizePixels, type Preprocessing } from '../../src/data/preprocessing.ts';
import { readOnnxMetadata } from '../../src/export/read-onnx-metadata.ts';
import { ONNX_INPUT, ONNX_OUTPUT } from '../../src/export/write-onnx.ts';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { channelsFirst, loadOnnxRuntime, type OnnxRuntime } from '../export/onnx-runtime.ts';
import type { Classifier } from './classifier.ts';

/** Side of the pictures of files that do not tell it: those of CIFAR-10. */
const OLDER_SIDE = 32;

/** Pictures that are computed at once, unless the file takes another number. */
const BATCH = 32;

const numbers = z.array(z.number());

/** What `export` writes of the pictures. */
const factsSchema = z
  .object({
    image: z.int().positive(),
    side: z.int().positive().default(OLDER_SIDE),
    pictureChannels: z.literal([1, 3]),
    mean: numbers,
    deviation: numbers,
    classes: z.array(z.string()).min(2),
  })
  .refine(({ pictureChannels: c, mean, deviation }) => mean.length === c && deviation.length === c)
  .refine(({ side, image }) => side % image === 0);

/**
 * Loads an ONNX file that `export` wrote. Its metadata say how pictures are prepared.
 *
 * @param load imports the runtime; replaced in tests
 * @throws OptionsError if it is no ONNX file, does not say how pictures are prepared, or cannot be run here
 */
export async function loadOnnxClassifier(path: string, load?: () => Promise<OnnxRuntime>): Promise<Classifier> {
  const file = readFileSync(path);
  const { side, pictureChannels, ...facts } = readFacts(path, file);
  const preprocessing: Preprocessing = { ...facts, channels: pictureChannels };
  const runtime = await loadOnnxRuntime(load);
  if (runtime === null) {
    throw new OptionsError(
      `${path} is run by the package onnxruntime-web, which is missing: npm install onnxruntime-web`,
    );
  }
  const session = await runtime.InferenceSession.create(file).catch((cause: Error) => {
    throw new OptionsError(`${path} cannot be run (${cause.message.split('\n')[0]})`, { cause });
  });
  const [input] = session.inputMetadata;
  const [output] = session.outputNames;
  const fixed = input?.isTensor ? input.shape[0] : undefined;
  const batch = typeof fixed === 'number' ? fixed : BATCH;
  const { image, classes } = preprocessing;
  const size = image * image * pictureChannels;

  /** Probabilities of the pictures of one batch. */
  const run = async (pixels: Float32Array): Promise<ArrayLike<number>> => {
    const count = pixels.length / size;
    // A file may take a fixed number: black pictures fill it up.
    const filled = new Float32Array(typeof fixed === 'number' ? fixed * size : pixels.length);
    filled.set(normalizePixels(pixels, preprocessing));
    const shape = [filled.length / size, pictureChannels, image, image];
    const images = channelsFirst(filled, { image, pictureChannels });
    const input = new runtime.Tensor('float32', images, shape);
    const found = (await session.run({ [ONNX_INPUT]: input }))[output as string]?.data as Float32Array;
    const rows = found.subarray(0, count * classes.length);
    return output === ONNX_OUTPUT.softmax ? rows : softmaxRows(rows, classes.length);
  };
  return {
    preprocessing,
    side,
    async predict(pixels) {
      const probabilities = new Float32Array((pixels.length / size) * classes.length);
      for (let start = 0; start * size < pixels.length; start += batch) {
        probabilities.set(await run(pixels.subarray(start * size, (start + batch) * size)), start * classes.length);
      }
      return probabilities;
    },
    dispose: () => void session.release(),
  };
}

function readFacts(path: string, file: Uint8Array): z.output<typeof factsSchema> {
  const texts = readOnnxMetadata(file);
  if (texts === null) throw new OptionsError(`${path} must be an ONNX file, and is not`);
  const read = factsSchema.safeParse(
    Object.fromEntries(Object.keys(factsSchema.shape).map((name) => [name, parse(texts.get(name))])),
  );
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path[0] ?? 'mean and deviation';
  throw new OptionsError(
    `${path} does not say how pictures are prepared (${String(where)}): only files that export wrote can be used`,
  );
}

/** A value of the metadata; undefined if it is missing, or no JSON. */
function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
