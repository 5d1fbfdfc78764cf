import { PacketsError, decodeError, expected, within } from './error.js';
import { Reader, type DecodeLimits } from './reader.js';
import { SCALARS } from './scalar.js';
import { sorted } from './sorted.js';
import { parse, type Named, type Type } from './type.js';
import { written, type Writer } from './writer.js';

/**
 * How values of one schema become bytes and come back. It is compiled once out of closures: the schema is not
 * looked at again, and no code is made from text, which many pages forbid.
 */
export interface Codec<T = unknown> {
  /** The fewest bytes a value takes. */
  readonly minSize: number;
  /** Whether a value may itself be `undefined`; an option of it would not be told from that. */
  readonly isOption?: boolean | undefined;
  encode(value: T, writer: Writer): void;
  decode(reader: Reader): T;
}

/** Takes the fields of an object apart, and puts them together. */
export type Shape = Pick<Codec<any>, 'encode' | 'decode'>;
/** Makes shapes out of fields in the order of their bytes. `composed` is the shape that is made without it. */
export type ShapeMaker = (names: readonly string[], codecs: readonly Codec<any>[], composed: Shape) => Shape;

let makeShape: ShapeMaker | undefined;

/** How the shapes of codecs are made that are compiled from now on. */
export function shapeBy(maker: ShapeMaker | undefined): void {
  makeShape = maker;
}

/** The codec of a schema as text. */
export function codec<T = unknown>(schema: string): Codec<T> {
  return compile(parse(schema)) as Codec<T>;
}

/**
 * The value's bytes. In errors it is called `name`.
 *
 * @throws {PacketsError} of kind `data`, with the way to the part that its schema cannot say.
 */
export function encode<T>(codec: Codec<T>, value: T, name = ''): Uint8Array<ArrayBuffer> {
  try {
    return written((writer) => codec.encode(value, writer));
  } catch (error) {
    if (!(error instanceof PacketsError)) throw error;
    const place = name + error.path;
    throw new PacketsError(error.kind, place ? `${place}: ${error.message}` : error.message);
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

/** The codecs of the definitions around a type, for its references. */
export type Scope = Readonly<Record<string, Codec<any>>>;

/** The codec of a type. */
export function compile(type: Type, scope: Scope = {}): Codec<any> {
  const of = (type: Type) => compile(type, scope);
  switch (type.kind) {
    case 'array':
      return sequence([of(type.item)], 0);
    case 'fixed':
      return type.item.kind === 'uint8' ? bytes(type.count) : sequence([of(type.item)], type.count, type.count, false);
    case 'tuple':
      return sequence(type.items.map(of), type.items.length, type.items.length);
    case 'open':
      return sequence(type.items.map(of), type.items.length - 1);
    case 'option':
      return option(of(type.item));
    case 'set':
      return sorted(Set, of(type.item));
    case 'map':
      return sorted(Map, of(type.key), of(type.value));
    case 'object':
      return object(type.fields, of);
    case 'enum':
      return variants(type.variants, of);
    case 'definition':
      return definition((nested) => compile(type.content, { ...scope, [`@${type.name}`]: nested }));
    case 'reference':
      return scope[`@${type.name}`]!;
    default:
      return SCALARS[type.kind]!;
  }
}

const MAX_DEPTH = 32;
let depth = 0;

/** A type that contains itself; `make` is given what its references are. Their least size depends on its own: none. */
function definition(make: (nested: Codec<any>) => Codec<any>): Codec<any> {
  let content: Codec<any>;
  const nested: Codec<any> = {
    minSize: 0,
    get isOption() {
      return content.isOption;
    },
    encode(value, writer) {
      if (depth === MAX_DEPTH) throw new PacketsError('data', 'nested more than 32 deep');
      depth++;
      try {
        content.encode(value, writer);
      } finally {
        depth--;
      }
    },
    decode: (reader) => reader.nested((reader) => content.decode(reader)),
  };
  content = make(nested);
  return { ...nested, minSize: content.minSize };
}

/**
 * Items, of which the last codec's repeats until there are `least` of them, or up to `most`: lists, arrays, tuples. Their
 * number stands before those of the last codec, if it `isCounted`.
 */
function sequence(codecs: readonly Codec<any>[], least: number, most = Infinity, isCounted = true): Codec<any[]> {
  const first = codecs.slice(0, -1).map(counted);
  const last = codecs.at(-1)!;
  const { minSize } = last;
  return {
    minSize: first.reduce((size, codec) => size + codec.minSize, +isCounted) + (least - first.length) * minSize,
    encode(value, writer) {
      if (!Array.isArray(value) || value.length < least || value.length > most) {
        throw expected(most < Infinity ? `an array of ${most}` : least ? `an array of ${least} or more` : 'an array', value);
      }
      let i = 0;
      try {
        for (; i < first.length; i++) first[i]!.encode(value[i], writer);
        if (isCounted) writer.varuint(value.length);
        for (; i < value.length; i++) last.encode(value[i], writer);
      } catch (error) {
        throw within(`[${i}]`, error);
      }
    },
    decode(reader) {
      const items = [];
      for (const codec of first) items.push(codec.decode(reader));
      const count = isCounted ? reader.varuint() : least;
      if (count < least || count > most) throw decodeError('a tuple has another number of items');
      reader.charge(count - first.length, minSize);
      while (items.length < count) items.push(last.decode(reader));
      return items;
    },
  };
}

/** `[uint8;N]`: addresses, UUIDs. */
function bytes(count: number): Codec<Uint8Array> {
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
function option(item: Codec<any>): Codec<any> {
  return {
    minSize: 1,
    isOption: true,
    encode(value, writer) {
      if (item.isOption && !(Array.isArray(value) && value.length < 2)) {
        throw expected('an array of one item or none', value);
      }
      const isThere = item.isOption ? value.length > 0 : value !== undefined && value !== null;
      writer.uint8(+isThere);
      if (isThere) item.encode(item.isOption ? value[0] : value, writer);
    },
    decode(reader) {
      const count = reader.varuint();
      if (count > 1) throw decodeError('an option has more than one value');
      const items = count ? [item.decode(reader)] : [];
      return item.isOption ? items : items[0];
    },
  };
}

function object(fields: readonly Named[], of: (type: Type) => Codec<any>): Codec<any> {
  const names = fields.map((field) => field.name);
  const codecs = fields.map((field) => of(field.type));
  const minSize = codecs.reduce((size, codec) => size + codec.minSize, 0);
  const parts = codecs.map(counted);
  // Its copies have their fields from the start, `__proto__` too.
  const template = Object.fromEntries(names.map((name) => [name, undefined]));
  const shape: Shape = {
    encode(value, writer) {
      let i = 0;
      try {
        for (; i < names.length; i++) parts[i]!.encode(value[names[i]!], writer);
      } catch (error) {
        throw within(`.${names[i]}`, error);
      }
    },
    decode(reader) {
      const object: Record<string, unknown> = { ...template };
      for (let i = 0; i < names.length; i++) object[names[i]!] = parts[i]!.decode(reader);
      return object;
    },
  };
  const { encode, decode } = makeShape?.(names, parts, shape) ?? shape;
  return {
    minSize,
    encode(value, writer) {
      if (typeof value === 'object' && value) encode(value, writer);
      else if (names.length > 0 || value !== undefined) throw expected('an object', value);
    },
    decode,
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

/** Names, if no variant has content; else `{type, value}`. */
function variants(variants: readonly Named[], of: (type: Type) => Codec<any>): Codec<any> {
  const names = variants.map((variant) => variant.name);
  const indices = new Map(names.map((name, index) => [name, index]));
  const codecs = variants.map(({ type }) => (type.text === '{}' ? undefined : of(type)));
  const areNames = !codecs.some((codec) => codec);
  return {
    minSize: 1 + Math.min(...codecs.map((codec) => codec?.minSize ?? 0)),
    encode(value, writer) {
      const name = areNames ? value : value?.type;
      const index = indices.get(name);
      if (index === undefined) {
        throw expected(`${areNames ? '' : 'an object with a type '}of ${names.join(', ')}`, value);
      }
      writer.varuint(index);
      try {
        codecs[index]?.encode(value.value, writer);
      } catch (error) {
        throw within(`.${name}`, error);
      }
    },
    decode(reader) {
      const index = reader.varuint();
      const type = names[index];
      if (type === undefined) throw decodeError('an enum has no such variant');
      if (areNames) return type;
      const codec = codecs[index];
      return codec ? { type, value: codec.decode(reader) } : { type };
    },
  };
}
