/** Longest text of a value in an error. */
const LONGEST_TEXT = 80;

/**
 * A value as text in the sentence of an error: as it is in a template, but for plain objects, which are shown as JSON. A long
 * text is cut. No value makes this throw.
 */
export function sayValue(value: unknown): string {
  const text = write(value);
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}...`;
}

function write(value: unknown): string {
  try {
    const text = String(value);
    return text === '[object Object]' ? JSON.stringify(value) : text;
  } catch {
    return `a value that cannot be written (${typeof value})`;
  }
}
