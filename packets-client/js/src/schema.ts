/** Schemas as text: for tools, tests, and packets that no module was made of. */
import { codecOf, type Codec } from './codec.js';
import * as compound from './compound.js';
import { PacketsError } from './error.js';
import { DEFAULTS, Packets, type Schemas } from './packets.js';
import * as types from './types.js';
import type { Named, Reference, Type } from './type.js';
import { joined } from './writer.js';

const MAX_DEPTH = 64;

/** The codec of a schema as text. */
export function codec<T = unknown>(schema: string): Codec<T> {
  return codecOf(parse(schema));
}

/**
 * Packets by the texts of their schemas: of the data, and of the response if there is one; then the defaults of the
 * fields that are marked in them, each as its bytes in hexadecimal digits, or `null` if it is not known.
 *
 * @throws {PacketsError} of kind `schema` if a text is none.
 */
export function parsePackets<P>(texts: {
  readonly [N in keyof P]: readonly [data: string, response?: string, defaults?: readonly (string | null)[]];
}): Packets<P> {
  type Texts = readonly [data: string, response?: string, defaults?: readonly (string | null)[]];
  const own = Object.entries<Texts>(texts).map(([name, [data, response = '{}', given = []]]): [string, Schemas] => {
    const defaults = [...given];
    return [name, [fingerprint(data, response), parse(data, defaults), parse(response, defaults)]];
  });
  const all = [...Object.entries(DEFAULTS), ...own].sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = hash(joined(all.flatMap(([name, [fingerprint]]) => [utf8.encode(`${name}\0`), fingerprint])));
  return new Packets<P>(digest, Object.fromEntries(own));
}

const utf8 = new TextEncoder();

/** 64-bit FNV-1a. */
function hash(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

/** A packet's fingerprint: the hash of its schema's text, `->`, and its response's hash. */
export function fingerprint(schema: string, response: string): bigint {
  return hash(joined([utf8.encode(`${schema}->`), hash(utf8.encode(response))]));
}

/** The canonical text of a type. */
export function textOf(type: Type): string {
  const all = (items: readonly Type[]) => items.map(textOf).join(',');
  switch (type.kind) {
    case 'array':
      return `[${textOf(type.item)}]`;
    case 'fixed':
      return `[${textOf(type.item)};${type.count}]`;
    case 'open':
      return `[${all(type.items)}]`;
    case 'tuple':
      return `(${all(type.items)})`;
    case 'option':
      return `${textOf(type.item)}?`;
    case 'set':
      return `set<${textOf(type.item)}>`;
    case 'map':
      return `map<${all([type.key, type.value])}>`;
    case 'object':
      return `{${type.fields.map((field) => `${word(field.name)}${field.fallback === undefined ? '' : '?'}:${textOf(field.type)}`).join(',')}}`;
    case 'enum':
      return `enum{${type.variants.map(({ name, type }) => word(name) + (compound.isUnit(type) ? '' : `:${textOf(type)}`)).join(',')}}`;
    case 'definition':
      return `@${word(type.name)}<${textOf(type.content)}>`;
    case 'reference':
      return `@${word(type.name)}`;
    default:
      return type.kind;
  }
}

function word(name: string): string {
  return /^(\w|[^\x00-\x7f])+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * The type whose canonical text this is; the defaults of its fields are taken out of those that are given.
 *
 * @throws {PacketsError} of kind `schema` if it is none.
 */
export function parse(text: string, defaults: (string | Uint8Array | null | undefined)[] = []): Type {
  let at = 0;
  let depth = 0;
  /** The definitions around. */
  const around: Reference[] = [];

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
    const before = depth;
    deeper();
    let found = plain();
    while (eat('?')) {
      deeper();
      found = compound.option(found);
    }
    depth = before;
    return found;
  };

  const plain = (): Type => {
    if (eat('[')) return list();
    if (eat('(')) return compound.tuple(...all([type()], ')'));
    if (eat('{')) return object();
    if (eat('enum{')) return compound.variants(...named(false).map(({ name, type }) => [name, type] as const));
    if (eat('set<')) return compound.set(last('>'));
    if (eat('map<')) return compound.map(last(','), last('>'));
    if (eat('@')) return definition();
    return WORDS.get(match(/[a-z0-9]*/y)) ?? fail('a type');
  };

  const list = (): Type => {
    const item = type();
    if (eat(']')) return compound.list(item);
    if (!eat(';')) return compound.open(...all([item], ']'));
    const count = Number(match(/\d+/y) || NaN);
    need(']');
    return count < 2 ** 32 ? compound.fixed(item, count) : fail('a number below 2³²');
  };

  /** The type before `end`. */
  const last = (end: string): Type => {
    const found = type();
    need(end);
    return found;
  };

  /** All types before `end`, after the first ones. */
  const all = (types: Type[], end: string): Type[] => {
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
      const name = nameOf();
      if (isObject ? last !== undefined && last >= name : names.has(name)) fail('another name before');
      names.add((last = name));
      const fallback = isObject && eat('?') ? (defaults.shift() ?? null) : undefined;
      const hasType = eat(':') || (isObject && fail(':'));
      found.push({ name, fallback, type: hasType ? type() : compound.unit });
    }
    return found;
  };

  const object = (): Type => {
    const fields = named(true);
    const marked = fields.filter(({ fallback }) => fallback !== undefined);
    return compound.object(
      Object.fromEntries(fields.map(({ name, type }) => [name, type])),
      Object.fromEntries(marked.map(({ name, fallback }) => [name, fallback!])),
    );
  };

  const definition = (): Type => {
    const name = nameOf();
    if (!eat('<')) return around.findLast((other) => other.name === name) ?? fail('the name of an enclosing definition');
    return compound.definition(name, (self) => {
      around.push(self);
      const content = last('>');
      around.pop();
      return content;
    });
  };

  const nameOf = (): string => {
    const found = match(/"(?:[^"\\]|\\["\\])*"|(?:\w|[^\x00-\x7f])+/y) || fail('a name');
    return found[0] === '"' ? found.slice(1, -1).replace(/\\(.)/g, '$1') : found;
  };

  const whole = type();
  return at < text.length ? fail('the end') : whole;
}

const WORDS: ReadonlyMap<string, Type> = new Map(
  Object.values(types)
    .filter((type): type is Type => typeof type !== 'function' && type.kind !== 'object')
    .map((type) => [type.kind, type]),
);
