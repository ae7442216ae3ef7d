import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'templates');

/** Version of onnxruntime-web that the page loads. */
export const WEB_RUNTIME_VERSION = '1.30.0';

/** Facts that a page needs about an ONNX file, which must take any number of pictures and give probabilities. */
export interface WebNetwork {
  /** Address of the ONNX file, relative to the page. */
  readonly file: string;
  /** Height and width of a picture. */
  readonly image: number;
  /** Channels of a picture: 1 is gray, 3 are red, green and blue. */
  readonly channels: 1 | 3;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly classes: readonly string[];
}

/** Reads the Python program that loads a file of `torchTensors`, and predicts. */
export function torchProgram(): string {
  return readFileSync(join(FOLDER, 'network.py'), 'utf8');
}

/** Writes the page that runs an ONNX file in a browser by onnxruntime-web, which it loads from a public server. */
export function webPage({ file, image, channels, mean, deviation, classes }: WebNetwork): string {
  const facts = { file: encodeURIComponent(file), image, channels, mean, deviation, classes };
  // A class may be called </script>.
  const network = JSON.stringify(facts).replaceAll('<', '\\u003c');
  const page = readFileSync(join(FOLDER, 'network.html'), 'utf8');
  // Replaced by functions, as names may hold $&.
  return page.replace('VERSION', () => WEB_RUNTIME_VERSION).replace('NETWORK', () => network);
}
