import { DataError } from '../data-error.ts';

/*
 * Pickle is Python's format of values: a program for a machine with a stack. Here that machine knows the opcodes of
 * protocol 2 that plain values and arrays of bytes need, and no others. It can call nothing.
 *
 * Source: `Lib/pickletools.py` of CPython, which describes every opcode.
 */

/** A value of a pickle: bytes stand for a `str` of Python 2, and an array of bytes has only its bytes. */
export type Unpickled =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Unpickled[]
  | ReadonlyMap<string, Unpickled>;

/** What a name of a module stands for; the machine builds these, and calls nothing. */
const GLOBALS: ReadonlyMap<string, 'array' | 'ndarray' | 'dtype' | 'encode'> = new Map([
  ['numpy.core.multiarray _reconstruct', 'array'],
  ['numpy._core.multiarray _reconstruct', 'array'],
  ['numpy ndarray', 'ndarray'],
  ['numpy dtype', 'dtype'],
  ['_codecs encode', 'encode'], // how Python 3 writes bytes in protocol 2
]);

/** Values that are being built, by their kinds. */
type Building =
  | { readonly kind: 'global'; readonly name: 'array' | 'ndarray' | 'dtype' | 'encode' }
  | { readonly kind: 'dtype'; readonly code: string }
  | { readonly kind: 'array'; bytes: Uint8Array };

type Value = null | boolean | number | string | Uint8Array | Value[] | Map<string, Value> | Building;

/**
 * Reads a pickle of dictionaries, lists, tuples, numbers, texts, bytes, and numpy's arrays of bytes. No code in it runs:
 * any other opcode or name is refused.
 *
 * @param name name of the file, for the error
 * @throws DataError if the pickle is truncated, or holds anything else
 */
export function unpickle(name: string, bytes: Uint8Array): Unpickled {
  try {
    return plain(new PickleMachine(bytes).run());
  } catch (cause) {
    if (!(cause instanceof PickleError || cause instanceof RangeError)) throw cause;
    throw new DataError(`${name} is not a pickle of plain values and bytes, or is damaged: ${cause.message}`, {
      cause,
    });
  }
}

class PickleError extends Error {}

class PickleMachine {
  readonly #bytes: Buffer;
  readonly #stack: Value[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Value>();
  #at = 0;

  /** What each opcode pushes onto the stack. */
  readonly #values: Readonly<Record<string, () => Value>> = {
    '}': () => new Map(),
    ']': () => [],
    ')': () => [],
    t: () => this.#sinceMark(),
    '\x85': () => this.#popSome(1),
    '\x86': () => this.#popSome(2),
    '\x87': () => this.#popSome(3),
    N: () => null,
    '\x88': () => true,
    '\x89': () => false,
    K: () => this.#integer(1),
    M: () => this.#integer(2),
    J: () => this.#take(4).readInt32LE(),
    U: () => this.#view(this.#integer(1)),
    T: () => this.#view(this.#integer(4)),
    X: () => this.#take(this.#integer(4)).toString('utf8'),
    c: () => this.#global(),
    h: () => this.#recall(this.#integer(1)),
    j: () => this.#recall(this.#integer(4)),
    R: () => reduce(this.#pop(), this.#pop()),
  };

  /** What the other opcodes do. */
  readonly #actions: Readonly<Record<string, () => void>> = {
    '\x80': () => this.#checkProtocol(this.#integer(1)),
    '(': () => this.#marks.push(this.#stack.length),
    q: () => this.#remember(this.#integer(1)),
    r: () => this.#remember(this.#integer(4)),
    a: () => this.#append(this.#popSome(1)),
    e: () => this.#append(this.#sinceMark()),
    s: () => this.#set(this.#popSome(2)),
    u: () => this.#set(this.#sinceMark()),
    b: () => this.#build(this.#pop()),
  };

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): Value {
    for (;;) {
      const opcode = this.#take(1).toString('latin1');
      if (opcode === '.') return this.#pop();
      const value = this.#values[opcode];
      const action = this.#actions[opcode];
      if (value !== undefined) this.#stack.push(value());
      else if (action !== undefined) action();
      else
        throw new PickleError(`opcode 0x${opcode.charCodeAt(0).toString(16)} at byte ${this.#at - 1} is not allowed`);
    }
  }

  #checkProtocol(protocol: number): void {
    if (protocol > 2) throw new PickleError(`only protocols up to 2 are read, got ${protocol}`);
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new PickleError(`it ends after ${this.#bytes.length} bytes`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Bytes of a Python 2 text, which are not copied. */
  #view(count: number): Uint8Array {
    const { buffer, byteOffset } = this.#take(count);
    return new Uint8Array(buffer, byteOffset, count);
  }

  #integer(bytes: 1 | 2 | 4): number {
    return this.#take(bytes).readUIntLE(0, bytes);
  }

  #pop(): Value {
    const value = this.#stack.pop();
    if (value === undefined) throw new PickleError('its stack is empty');
    return value;
  }

  #popSome(count: number): Value[] {
    if (this.#stack.length < count) throw new PickleError('its stack is empty');
    return this.#stack.splice(this.#stack.length - count);
  }

  #sinceMark(): Value[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new PickleError('its mark is missing');
    return this.#stack.splice(mark);
  }

  #top(): Value {
    const value = this.#stack.at(-1);
    if (value === undefined) throw new PickleError('its stack is empty');
    return value;
  }

  #remember(place: number): void {
    this.#memo.set(place, this.#top());
  }

  #recall(place: number): Value {
    const value = this.#memo.get(place);
    if (value === undefined) throw new PickleError(`nothing is remembered at ${place}`);
    return value;
  }

  #append(values: readonly Value[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw new PickleError('only a list can be appended to');
    for (const value of values) list.push(value);
  }

  #set(pairs: readonly Value[]): void {
    const map = this.#top();
    if (!(map instanceof Map)) throw new PickleError('only a dictionary has keys');
    for (let i = 0; i + 1 < pairs.length; i += 2) map.set(textOf(pairs[i] as Value), pairs[i + 1] as Value);
  }

  #global(): Building {
    const [module, name] = [this.#line(), this.#line()];
    const known = GLOBALS.get(`${module} ${name}`);
    if (known === undefined) throw new PickleError(`${module}.${name} is not allowed`);
    return { kind: 'global', name: known };
  }

  #line(): string {
    const end = this.#bytes.indexOf('\n', this.#at);
    if (end === -1) throw new PickleError('a name does not end');
    const line = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return line;
  }

  /** Gives an object its state: an array `(version, shape, dtype, isFortran, bytes)`; a dtype needs nothing of its state. */
  #build(state: Value): void {
    const object = this.#top();
    if (!isBuilding(object) || object.kind === 'global') throw new PickleError('only an array has a state');
    if (object.kind === 'dtype') return;
    if (!Array.isArray(state)) throw new PickleError('an array has an unknown state');
    const [, shape, dtype, isFortran, bytes] = state;
    const isBytes = isBuilding(dtype) && dtype.kind === 'dtype' && dtype.code === 'u1';
    if (!isBytes || isFortran !== false || !(bytes instanceof Uint8Array) || !Array.isArray(shape)) {
      throw new PickleError('an array must hold bytes (uint8), row by row');
    }
    const size = shape.reduce<number>((product, length) => product * Number(length), 1);
    if (size !== bytes.length) throw new PickleError(`an array of ${size} bytes has ${bytes.length}`);
    object.bytes = bytes;
  }
}

/** Stands for the call of a known name: nothing is called. The arguments lie above the name. */
function reduce(args: Value, callee: Value): Value {
  if (!Array.isArray(args) || !isBuilding(callee) || callee.kind !== 'global') {
    throw new PickleError('only known names can be called');
  }
  switch (callee.name) {
    case 'array':
      return { kind: 'array', bytes: new Uint8Array() };
    case 'dtype':
      return { kind: 'dtype', code: textOf(args[0] ?? null) };
    case 'encode':
      if (textOf(args[1] ?? null) !== 'latin1') throw new PickleError('bytes must be encoded as latin1');
      return Uint8Array.from(Buffer.from(textOf(args[0] ?? null), 'latin1'));
    case 'ndarray':
      throw new PickleError('numpy.ndarray is not called');
  }
}

function isBuilding(value: Value | undefined): value is Building {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** A text, which Python 2 wrote as bytes. */
function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  throw new PickleError('a name or a key must be a text');
}

function plain(value: Value): Unpickled {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return new Map(Array.from(value, ([key, each]) => [key, plain(each)]));
  if (!isBuilding(value)) return value;
  if (value.kind === 'array') return value.bytes;
  throw new PickleError('it holds a name instead of a value');
}
