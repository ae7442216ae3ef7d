/*
 * Structs that the kernels read: their fields in order, each a 32-bit word. What a planner writes and the C header are
 * both derived from them.
 */

/** Kinds of fields: a line of the memory or of the scratch, one that may be missing, an integer, and a truth value. */
export type WordKind = 'place' | 'optional place' | 'int' | 'flag';

/** A field of one word. */
export interface WordField<Kind extends WordKind = WordKind> {
  readonly kind: Kind;
  /** Comment in the C header. */
  readonly about?: string;
}

/** A field at the end of a struct: the number of elements, and the elements after it. */
export interface ListField<Element extends Struct | 'place' = Struct | 'place'> {
  readonly kind: 'list';
  readonly of: Element;
  /** Name of the array in C; the field itself names the number of its elements. */
  readonly array: string;
  readonly about?: string;
}

export interface Struct {
  /** Type in C. */
  readonly name: string;
  /** Comment in the C header. */
  readonly about: string;
  readonly fields: { readonly [name: string]: WordField | ListField };
}

/** Values of a struct's fields: null is a place that is missing. */
export type FieldsOf<S extends Struct> = S extends Struct
  ? { readonly [Name in keyof S['fields']]: ValueOf<S['fields'][Name]> }
  : never;

type ValueOf<Field> =
  Field extends WordField<'place' | 'int'>
    ? number
    : Field extends WordField<'optional place'>
      ? number | null
      : Field extends WordField<'flag'>
        ? boolean
        : Field extends ListField<infer Element>
          ? readonly (Element extends Struct ? FieldsOf<Element> : number)[]
          : never;

export function struct<const Fields extends Struct['fields']>(
  name: string,
  about: string,
  fields: Fields,
): Omit<Struct, 'fields'> & { readonly fields: Fields } {
  return { name, about, fields };
}

export function place(about: string): WordField<'place'> {
  return { kind: 'place', about };
}

export function optionalPlace(about: string): WordField<'optional place'> {
  return { kind: 'optional place', about };
}

export function int(about: string): WordField<'int'> {
  return { kind: 'int', about };
}

export function flag(about: string): WordField<'flag'> {
  return { kind: 'flag', about };
}

/** Fields of one kind whose names say enough. */
export function named<Kind extends WordKind, Name extends string>(
  kind: Kind,
  ...names: readonly Name[]
): { readonly [Each in Name]: WordField<Kind> } {
  return Object.fromEntries(names.map((name) => [name, { kind }])) as { [Each in Name]: WordField<Kind> };
}

export function list<Element extends Struct | 'place'>(array: string, of: Element, about?: string): ListField<Element> {
  return { kind: 'list', of, array, ...(about === undefined ? {} : { about }) };
}

/**
 * Words of a struct's fields, in the struct's order. A place that is missing becomes -1 here and nowhere else.
 *
 * @param path names the struct in errors
 * @throws RangeError if a field is missing or is not an integer from 0 to 2^31 - 1
 */
export function wordsOf({ fields }: Struct, values: object, path: string): number[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const value = (values as Readonly<Record<string, unknown>>)[name];
    const own = `${path}.${name}`;
    if (field.kind !== 'list') return [wordOf(field.kind, value, own)];
    const { of } = field;
    if (!Array.isArray(value)) throw new RangeError(`${own} must be a list, got ${value}`);
    const elements = value.flatMap((element, i) => {
      return of === 'place' ? [wordOf(of, element, `${own}.${i}`)] : wordsOf(of, element, `${own}.${i}`);
    });
    return [value.length, ...elements];
  });
}

function wordOf(kind: WordKind, value: unknown, path: string): number {
  if (kind === 'optional place' && value === null) return -1;
  if (kind === 'flag' && typeof value === 'boolean') return Number(value);
  if (kind === 'flag' || typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 2 ** 31 - 1) {
    throw new RangeError(
      `${path} must be ${kind === 'flag' ? 'a boolean' : 'an integer from 0 to 2^31 - 1'}, got ${value}`,
    );
  }
  return value;
}
