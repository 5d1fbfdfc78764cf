import { PacketsError, decodeError, expected } from './error.js';
import { Reader, type DecodeLimits } from './reader.js';
import { SCALARS } from './scalar.js';
import { shape } from './shape.js';
import { map, set } from './sorted.js';
import { parse, type Named, type Type } from './type.js';
import { Writer, written } from './writer.js';

/**
 * How values of one schema become bytes and come back. It is compiled once out of closures: the schema is not
 * looked at again, and no code is made from text, which many pages forbid.
 */
export interface Codec<T = unknown> {
  /** The fewest bytes a value takes. */
  readonly minSize: number;
  encode(value: T, writer: Writer): void;
  decode(reader: Reader): T;
  /** The parts of a value, to find the one that cannot be encoded. */
  parts?(value: any): Iterable<Part>;
}

/** A part of a value: the way to it, its codec, itself. */
export type Part = [path: string, codec: Codec<any>, value: unknown];

/** The codec of a schema as text. */
export function codec<T = unknown>(schema: string): Codec<T> {
  return compile(parse(schema), []) as Codec<T>;
}

/**
 * The value's bytes.
 *
 * @throws {PacketsError} of kind `data`, with the way to the part that its schema cannot say.
 */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array<ArrayBuffer> {
  try {
    return written((writer) => codec.encode(value, writer));
  } catch (error) {
    throw error instanceof PacketsError ? locate(error, codec, value) : error;
  }
}

/**
 * The value that fills the whole of `bytes`.
 *
 * @throws {PacketsError} of kind `decode` if the bytes are not of the schema.
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, limits?: DecodeLimits): T {
  const reader = new Reader(bytes, limits);
  const value = codec.decode(reader);
  reader.finish();
  return value;
}

/** The error of the innermost part, with the way to it. */
function locate(error: PacketsError, codec: Codec<any>, value: unknown, path = ''): PacketsError {
  for (const [step, part, content] of codec.parts?.(value) ?? []) {
    try {
      part.encode(content, new Writer());
    } catch (error) {
      if (error instanceof PacketsError) return locate(error, part, content, path + step);
    }
  }
  return path ? new PacketsError(error.kind, `${path.replace(/^\./, '')}: ${error.message}`) : error;
}

/** A definition around a type, for its references. */
interface Definition {
  readonly name: string;
  readonly type: Type;
  readonly codec: () => Codec;
}

/** The codec of a type. */
export function compile(type: Type, scope: readonly Definition[]): Codec<any> {
  switch (type.kind) {
    case 'array':
      return array(compile(type.item, scope));
    case 'fixed':
      return type.item.kind === 'uint8' ? bytes(type.count) : fixed(compile(type.item, scope), type.count);
    case 'option':
      return option(compile(type.item, scope), holdsNothing(type.item, scope));
    case 'set':
      return set(compile(type.item, scope));
    case 'map':
      return map(compile(type.key, scope), compile(type.value, scope));
    case 'object':
      return object(type.fields, scope);
    case 'tuple':
    case 'open':
      return tuple(
        type.items.map((item) => compile(item, scope)),
        type.kind === 'open',
      );
    case 'enum':
      return variants(type.variants, scope);
    case 'definition': {
      const codec = compile(type.content, [...scope, { name: type.name, type: type.content, codec: () => nested }]);
      const nested = nest(() => codec, codec.minSize);
      return nested;
    }
    case 'reference': {
      const definition = scope.findLast((definition) => definition.name === type.name)!;
      // It counts its own depth. Its least size depends on this one's: none.
      return {
        minSize: 0,
        encode: (value, writer) => definition.codec().encode(value, writer),
        decode: (reader) => definition.codec().decode(reader),
        parts: (value) => definition.codec().parts!(value),
      };
    }
    default:
      return SCALARS[type.kind];
  }
}

/** Whether a value of the type may itself be `undefined`; an option of it would not be told from that. */
function holdsNothing(type: Type, scope: readonly Definition[]): boolean {
  if (type.kind === 'definition') return holdsNothing(type.content, scope);
  if (type.kind !== 'reference') return type.kind === 'option';
  const place = scope.findLastIndex((definition) => definition.name === type.name);
  return place >= 0 && holdsNothing(scope[place]!.type, scope.slice(0, place));
}

const MAX_DEPTH = 32;
let depth = 0;

function nest(codec: () => Codec<any>, minSize: number): Codec<any> {
  return {
    minSize,
    encode(value, writer) {
      if (depth === MAX_DEPTH) throw new PacketsError('data', 'nested more than 32 deep');
      depth++;
      try {
        codec().encode(value, writer);
      } finally {
        depth--;
      }
    },
    decode: (reader) => reader.nested((reader) => codec().decode(reader)),
    parts: (value) => codec().parts?.(value) ?? [],
  };
}

function array(item: Codec<any>): Codec<any> {
  const { minSize, encode, decode } = item;
  return {
    minSize: 1,
    encode(value, writer) {
      if (!Array.isArray(value)) throw expected('an array', value);
      writer.varuint(value.length);
      for (let i = 0; i < value.length; i++) encode(value[i], writer);
    },
    decode(reader) {
      const count = reader.count(minSize);
      const items = [];
      for (let i = 0; i < count; i++) items.push(decode(reader));
      return items;
    },
    parts: (value) => items(value, () => item),
  };
}

function items(value: unknown, codec: (index: number) => Codec<any>): Part[] {
  return Array.isArray(value) ? value.map((item, index) => [`[${index}]`, codec(index), item]) : [];
}

function fixed(item: Codec<any>, count: number): Codec<any> {
  return {
    minSize: item.minSize * count,
    encode(value, writer) {
      if (!Array.isArray(value) || value.length !== count) throw expected(`an array of ${count}`, value);
      for (let i = 0; i < count; i++) item.encode(value[i], writer);
    },
    decode(reader) {
      reader.charge(count, item.minSize);
      const items = [];
      for (let i = 0; i < count; i++) items.push(item.decode(reader));
      return items;
    },
    parts: (value) => items(value, () => item),
  };
}

/** `[uint8;N]`: addresses, UUIDs. */
function bytes(count: number): Codec<any> {
  return {
    minSize: count,
    encode(value, writer) {
      if (!(value instanceof Uint8Array) || value.length !== count) {
        throw expected(`a Uint8Array of ${count} bytes`, value);
      }
      writer.put(value);
    },
    decode: (reader) => reader.copy(count),
  };
}

/** `T | undefined`; where T may be `undefined` itself, `[] | [T]`. */
function option(item: Codec<any>, isList: boolean): Codec<any> {
  const content = (value: any) => (isList ? value?.[0] : value);
  const isThere = (value: any) => (isList ? value?.length > 0 : value !== undefined && value !== null);
  return {
    minSize: 1,
    encode(value, writer) {
      if (isList && !(Array.isArray(value) && value.length < 2)) throw expected('an array of one item or none', value);
      const some = isThere(value);
      writer.uint8(some ? 1 : 0);
      if (some) item.encode(content(value), writer);
    },
    decode(reader) {
      const count = reader.varuint();
      if (count > 1) throw decodeError('an option has more than one value');
      if (count === 0) return isList ? [] : undefined;
      return isList ? [item.decode(reader)] : item.decode(reader);
    },
    parts: (value) => (isThere(value) ? [['', item, content(value)]] : []),
  };
}

function object(fields: readonly Named[], scope: readonly Definition[]): Codec<any> {
  const names = fields.map((field) => field.name);
  const codecs = fields.map((field) => compile(field.type, scope));
  const { encode, decode } = shape(names, codecs.map(counted));
  return {
    minSize: codecs.reduce((size, codec) => size + codec.minSize, 0),
    encode(value, writer) {
      if (typeof value !== 'object' || value === null) {
        if (names.length > 0 || value !== undefined) throw expected('an object', value);
        return;
      }
      encode(value, writer);
    },
    decode,
    parts: (value) =>
      typeof value === 'object' && value ? names.map((name, i) => [`.${name}`, codecs[i]!, value[name]]) : [],
  };
}

/** Nothing but the budget bounds how many parts of no bytes a type has. */
function counted(codec: Codec<any>): Codec<any> {
  if (codec.minSize > 0) return codec;
  return {
    ...codec,
    decode(reader) {
      const before = reader.at;
      const value = codec.decode(reader);
      if (reader.at === before) reader.charge(1, 0);
      return value;
    },
  };
}

function tuple(codecs: Codec<any>[], isOpen: boolean): Codec<any> {
  const last = codecs.at(-1)!;
  const first = codecs.slice(0, -1).map(counted);
  const least = isOpen ? first.length : codecs.length;
  return {
    minSize: first.reduce((size, codec) => size + codec.minSize, 1) + (isOpen ? 0 : last.minSize),
    encode(value, writer) {
      if (!Array.isArray(value) || value.length < least || (!isOpen && value.length > least)) {
        throw expected(`an array of ${least}${isOpen ? ' or more' : ''}`, value);
      }
      first.forEach((codec, i) => codec.encode(value[i], writer));
      writer.varuint(value.length);
      for (let i = first.length; i < value.length; i++) last.encode(value[i], writer);
    },
    decode(reader) {
      const items = first.map((codec) => codec.decode(reader));
      const count = reader.varuint();
      if (count < least || (!isOpen && count > least)) throw decodeError('a tuple has another number of items');
      reader.charge(count - first.length, last.minSize);
      while (items.length < count) items.push(last.decode(reader));
      return items;
    },
    parts: (value) => items(value, (index) => first[index] ?? last),
  };
}

/** Names, if no variant has content; else `{type, value}`. */
function variants(variants: readonly Named[], scope: readonly Definition[]): Codec<any> {
  const names = variants.map((variant) => variant.name);
  const indices = new Map(names.map((name, index) => [name, index]));
  const isUnit = variants.map(({ type }) => type.kind === 'object' && type.fields.length === 0);
  const codecs = variants.map((variant) => compile(variant.type, scope));
  const areNames = isUnit.every((unit) => unit);
  const indexOf = (value: any) => {
    const index = indices.get(areNames ? value : value?.type);
    if (index === undefined) throw expected(`${areNames ? '' : 'an object with a type '}of ${names.join(', ')}`, value);
    return index;
  };
  return {
    minSize: 1 + Math.min(...codecs.map((codec) => codec.minSize)),
    encode(value, writer) {
      const index = indexOf(value);
      writer.varuint(index);
      if (!isUnit[index]) codecs[index]!.encode(value.value, writer);
    },
    decode(reader) {
      const index = reader.varuint();
      const type = names[index];
      if (type === undefined) throw decodeError('an enum has no such variant');
      if (areNames) return type;
      return isUnit[index] ? { type } : { type, value: codecs[index]!.decode(reader) };
    },
    parts(value) {
      const index = indices.get(value?.type);
      return index === undefined || areNames ? [] : [[`.${value.type}`, codecs[index]!, value.value]];
    },
  };
}
