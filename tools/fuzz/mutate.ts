import type { Random } from '../../src/math/random.ts';
import { drawJson } from './edge-values.ts';

/** Returns bytes that were damaged at one to three places. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let result = Buffer.from(bytes);
  for (let times = 1 + random.integer(3); times > 0; times--) result = damage(result, random);
  return result;
}

function damage(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  const place = random.integer(bytes.length + 1);
  const length = Math.min(bytes.length - place, 1 + random.integer(16));
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (random.integer(7)) {
    case 0:
      return Buffer.from(before);
    case 1:
      return Buffer.concat([before, after.subarray(length)]);
    case 2:
      return Buffer.concat([before, after.subarray(0, length), after]);
    case 3:
      return Buffer.concat([before, Buffer.from(Array.from({ length }, () => random.integer(256))), after]);
    case 4: {
      const flipped = Buffer.from(bytes);
      if (place < flipped.length) flipped[place] = (flipped[place] as number) ^ (1 << random.integer(8));
      return flipped;
    }
    case 5: {
      const extreme = Buffer.from(bytes);
      extreme.fill([0, 255, 127, 128][random.integer(4)] as number, place, place + length);
      return extreme;
    }
    default:
      return Buffer.alloc(0);
  }
}

/** Returns JSON or JSON lines with one value that is another; if the text is no JSON, with damaged bytes. */
export function mutateJson(text: string, random: Random): string {
  const lines = text.split('\n').filter(Boolean);
  const isLines = lines.length > 1 && lines.every((line) => line.startsWith('{') && line.endsWith('}'));
  const at = isLines ? random.integer(lines.length) : 0;
  try {
    const value = mutateValue(JSON.parse(isLines ? (lines[at] as string) : text), random);
    if (!isLines) return JSON.stringify(value);
    return `${lines.with(at, JSON.stringify(value) ?? '').join('\n')}\n`;
  } catch {
    return Buffer.from(mutateBytes(Buffer.from(text), random)).toString();
  }
}

/** Returns a copy of a value of JSON in which one part is another, is missing or is new. */
export function mutateValue(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.integer(12) === 0) return drawJson(random);
  const entries = Object.entries(value);
  const at = random.integer(entries.length + 1);
  const [name, part] = entries[at] ?? [`new${at}`, null];
  const isDropped = random.integer(6) === 0;
  const changed = isDropped ? undefined : mutateValue(part, random);
  if (Array.isArray(value)) return isDropped ? value.toSpliced(at, 1) : value.toSpliced(at, 1, changed);
  return { ...value, [name]: changed };
}
