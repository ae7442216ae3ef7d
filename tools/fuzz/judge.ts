import { EXIT_REFUSED, tellError } from '../../src/command/exit.ts';
import { captureIo } from '../../test/support/run-in-process.ts';

/** Messages of JavaScript itself: they say what happened inside, not which rule a value broke. */
const NATIVE = new RegExp(
  [
    ...['Maximum call stack', 'Invalid (typed )?array length', 'Invalid string length', 'Invalid count value'],
    ...[
      'Cannot (convert|read|set|mix|destructure|access|assign)',
      'is not (a function|iterable|defined|a constructor)',
    ],
    ...['allocation failed', 'offset is out of bounds', 'could not be cloned', 'circular'],
    ...['out of range|outside the bounds|must be (of type|an instance of)', '\\[object Object', 'Do not know'],
  ].join('|'),
);

/**
 * Judges what a function threw.
 *
 * @param own names of errors that are sentences, besides those that end a program with exit code 2
 * @returns what is wrong with it; null if it is one sentence about a rule
 */
export function judgeError(error: unknown, own: readonly string[] = []): string | null {
  const { stderr } = captureIo();
  const isTold = tellError(error, stderr, null) === EXIT_REFUSED;
  const { name = '', message = String(error), stack = '' } = error instanceof Error ? error : {};
  if (!isTold && !own.includes(name)) return `${name}: ${stack}`;
  return judgeSentence(message);
}

/** Judges how a program ended: with a good code, and one sentence if it refused. */
export function judgeEnding({ code, stderr }: { code: number; stderr: string }, good = [0]): string | null {
  if (good.includes(code)) return null;
  if (code !== EXIT_REFUSED) return `it ended with ${code}: ${stderr}`;
  return judgeSentence(stderr.trimEnd());
}

function judgeSentence(text: string): string | null {
  if (text.includes('\n    at ')) return `a stack trace: ${text}`;
  if (NATIVE.test(text)) return `words of JavaScript: ${text}`;
  return text.length > 3000 ? `a sentence of ${text.length} characters: ${text.slice(0, 300)}` : null;
}
