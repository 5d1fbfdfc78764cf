import { PacketsError } from './error.js';
import { SCALARS } from './scalar.js';

/** A type that is written as one word. */
export type Word =
  | 'bool'
  | `${'' | 'u'}int${8 | 16 | 32 | 64 | 128}`
  | `float${32 | 64}`
  | 'varuint'
  | 'varint'
  | 'char'
  | 'string'
  | 'buffer'
  | 'packed';

/** A schema as data. `text` is its canonical text. */
export type Type = { readonly text: string } & Plain;

type Plain =
  | { readonly kind: Word }
  | { readonly kind: 'array' | 'option' | 'set'; readonly item: Type }
  | { readonly kind: 'fixed'; readonly item: Type; readonly count: number }
  | { readonly kind: 'map'; readonly key: Type; readonly value: Type }
  | { readonly kind: 'object'; readonly fields: readonly Named[] }
  | { readonly kind: 'tuple' | 'open'; readonly items: readonly Type[] }
  | { readonly kind: 'enum'; readonly variants: readonly Named[] }
  | { readonly kind: 'definition'; readonly name: string; readonly content: Type }
  | { readonly kind: 'reference'; readonly name: string };

/** A field or a variant. */
export interface Named {
  readonly name: string;
  readonly type: Type;
  /** The bytes of a field that its sender lacks, if they are known. */
  readonly fallback?: Uint8Array | undefined;
}

const MAX_DEPTH = 64;

/** The type of no bytes. */
const UNIT: Type = { kind: 'object', fields: [], text: '{}' };

/**
 * Reads the canonical text of a schema, and takes the defaults of its fields out of those that are given.
 *
 * @throws {PacketsError} of kind `schema` if it is none.
 */
export function parse(text: string, defaults: (Uint8Array | undefined)[] = []): Type {
  let at = 0;
  let depth = 0;
  /** The names of the definitions around. */
  const around: string[] = [];

  const fail = (expected: string): never => {
    throw new PacketsError('schema', `expected ${expected} at ${at} of the schema ${text}`);
  };
  /** What a sticky pattern finds. */
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [''];
    at += found.length;
    return found;
  };
  const eat = (part: string) => {
    const isThere = text.startsWith(part, at);
    if (isThere) at += part.length;
    return isThere;
  };
  const need = (part: string) => eat(part) || fail(part);
  const deeper = () => {
    if (++depth > MAX_DEPTH) fail('at most 64 nested types');
  };

  const type = (): Type => {
    const start = at;
    const before = depth;
    const whole = (type: Plain): Type => ({ ...type, text: text.slice(start, at) });
    deeper();
    let type = whole(plain());
    while (eat('?')) {
      deeper();
      type = whole({ kind: 'option', item: type });
    }
    depth = before;
    return type;
  };

  const plain = (): Plain => {
    if (eat('[')) return list();
    if (eat('(')) return { kind: 'tuple', items: types([type()], ')') };
    if (eat('{')) return { kind: 'object', fields: named(true) };
    if (eat('enum{')) return { kind: 'enum', variants: named(false) };
    if (eat('set<')) return { kind: 'set', item: last('>') };
    if (eat('map<')) return { kind: 'map', key: last(','), value: last('>') };
    if (eat('@')) return definition();
    const word = match(/[a-z0-9]*/y);
    return Object.hasOwn(SCALARS, word) ? { kind: word as Word } : fail('a type');
  };

  const list = (): Plain => {
    const item = type();
    if (eat(']')) return { kind: 'array', item };
    if (!eat(';')) return { kind: 'open', items: types([item], ']') };
    const count = Number(match(/\d+/y) || NaN);
    need(']');
    return count < 2 ** 32 ? { kind: 'fixed', item, count } : fail('a number below 2³²');
  };

  /** The type before `end`. */
  const last = (end: string): Type => {
    const found = type();
    need(end);
    return found;
  };

  /** All types before `end`, after the first ones. */
  const types = (types: Type[], end: string): Type[] => {
    while (eat(',')) types.push(type());
    need(end);
    return types;
  };

  /** Fields, whose names ascend, or variants, whose types may be absent. */
  const named = (isObject: boolean): Named[] => {
    const found: Named[] = [];
    const names = new Set<string>();
    let last: string | undefined;
    while (!eat('}')) {
      if (last !== undefined) need(',');
      const name = word();
      if (isObject ? last !== undefined && last >= name : names.has(name)) fail('another name before');
      names.add((last = name));
      const fallback = isObject && eat('?') ? defaults.shift() : undefined;
      const hasType = eat(':') || (isObject && fail(':'));
      found.push({ name, fallback, type: hasType ? type() : UNIT });
    }
    return found;
  };

  const definition = (): Plain => {
    const name = word();
    if (!eat('<')) return around.includes(name) ? { kind: 'reference', name } : fail('the name of an enclosing definition');
    around.push(name);
    const content = last('>');
    around.pop();
    return { kind: 'definition', name, content };
  };

  const word = (): string => {
    const found = match(/"(?:[^"\\]|\\["\\])*"|(?:\w|[^\x00-\x7f])+/y) || fail('a name');
    return found[0] === '"' ? found.slice(1, -1).replace(/\\(.)/g, '$1') : found;
  };

  const whole = type();
  return at < text.length ? fail('the end') : whole;
}
