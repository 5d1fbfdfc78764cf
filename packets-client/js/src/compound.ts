/** Types that have parts. */
import type { Codec } from './codec.js';
import { PacketsError, decodeError, expected, within } from './error.js';
import type { Reader } from './reader.js';
import { bytes } from './scalar.js';
import { sorted } from './sorted.js';
import type { Fallback, Named, Reference, Type } from './type.js';
import type { Writer } from './writer.js';

/** `[T]`: any number of items. */
export function list(item: Type): Type {
  return {
    kind: 'array',
    item,
    minSize: 1,
    encode(value, writer) {
      if (!Array.isArray(value)) throw expected('an array', value);
      writer.varuint(value.length);
      for (let i = 0; i < value.length; i++) encodePart(i, item, value[i], writer);
    },
    decode(reader) {
      const items: unknown[] = [];
      for (let count = reader.count(item.minSize); count > 0; count--) items.push(item.decode(reader));
      return items;
    },
  };
}

/** `[T;N]`: so many items. Those of bytes are a `Uint8Array`, as of addresses and UUIDs. */
export function fixed(item: Type, count: number): Type {
  return { kind: 'fixed', item, count, ...(item.kind === 'uint8' ? bytes(count) : sequence([item], count, count, false)) };
}

/** `(A,B)` */
export function tuple(...items: readonly Type[]): Type {
  return { kind: 'tuple', items, ...sequence(items, items.length, items.length) };
}

/** `[A,B]`: any number of the last. */
export function open(...items: readonly Type[]): Type {
  return { kind: 'open', items, ...sequence(items, items.length - 1, Infinity) };
}

/** `set<T>` */
export function set(item: Type): Type {
  return { kind: 'set', item, ...sorted(Set, item) };
}

/** `map<K,V>` */
export function map(key: Type, value: Type): Type {
  return { kind: 'map', key, value, ...sorted(Map, key, value) };
}

/** `T?`: `T | undefined`; where T may be `undefined` itself, `[] | [T]`. */
export function option(item: Type): Type {
  return {
    kind: 'option',
    item,
    minSize: 1,
    isOption: true,
    encode(value, writer) {
      const { isOption } = item;
      if (isOption && !(Array.isArray(value) && value.length < 2)) throw expected('an array of one item or none', value);
      const isThere = isOption ? value.length > 0 : value !== undefined && value !== null;
      writer.uint8(+isThere);
      if (isThere) item.encode(isOption ? value[0] : value, writer);
    },
    decode(reader) {
      const items = reader.flag() ? [item.decode(reader)] : [];
      return item.isOption ? items : items[0];
    },
  };
}

/** `{a:T,b:U}`. A field that its sender may lack has its bytes in `defaults`, or `null` if they are not known. */
export function object(types: Readonly<Record<string, Type>>, defaults: Readonly<Record<string, Fallback>> = {}): Type {
  const fields = Object.entries(types)
    .map(([name, type]): Named => ({ name, type, fallback: Object.hasOwn(defaults, name) ? defaults[name] : undefined }))
    // JavaScript's order of strings is the protocol's.
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  // Its copies have their fields from the start, `__proto__` too.
  const template = Object.fromEntries(fields.map(({ name }) => [name, undefined]));
  return {
    kind: 'object',
    fields,
    minSize: sum(fields.map(({ type }) => type)),
    encode(value, writer) {
      const isObject = typeof value === 'object' && value;
      if (!isObject && (fields.length || value !== undefined)) throw expected('an object', value);
      for (const { name, type } of fields) encodePart(name, type, value[name], writer);
    },
    decode(reader) {
      const object: Record<string, unknown> = { ...template };
      for (const { name, type } of fields) object[name] = part(type, reader);
      return object;
    },
  };
}

/** `{}` */
export const unit: Type = /* @__PURE__ */ object({});

/** Whether a type has one value, which is `undefined` as all of a packet's data. */
export function isUnit(type: Type): boolean {
  return type.kind === 'object' && type.fields.length === 0;
}

/** `enum{A,B:T}`: names, if no variant has content; else `{type, value}`. */
export function variants(...given: readonly (string | readonly [name: string, type: Type])[]): Type {
  const variants = given.map((variant): Named =>
    typeof variant === 'string' ? { name: variant, type: unit } : { name: variant[0], type: variant[1] },
  );
  const areNames = variants.every(({ type }) => isUnit(type));
  return {
    kind: 'enum',
    variants,
    minSize: 1 + Math.min(...variants.map(({ type }) => type.minSize)),
    encode(value, writer) {
      const type = areNames ? value : value?.type;
      const index = variants.findIndex(({ name }) => name === type);
      if (index < 0) {
        const names = variants.map(({ name }) => name).join(', ');
        throw expected(`${areNames ? '' : 'an object with a type '}of ${names}`, value);
      }
      writer.varuint(index);
      const content = variants[index]!.type;
      if (!isUnit(content)) encodePart(type, content, value.value, writer);
    },
    decode(reader) {
      const variant = variants[reader.varuint()];
      if (!variant) throw decodeError('an unknown variant');
      const { name, type } = variant;
      return areNames ? name : isUnit(type) ? { type: name } : { type: name, value: type.decode(reader) };
    },
  };
}

const MAX_DEPTH = 32;
let depth = 0;

/** `@Name<T>`: a type that contains itself. `make` is given what stands for it within itself. */
export function definition(name: string, make: (self: Reference) => Type): Type {
  // Its least size depends on its own: none.
  const self: Reference = {
    kind: 'reference',
    name,
    // Set when all of it is known.
    content: undefined!,
    minSize: 0,
    get isOption() {
      return self.content.isOption;
    },
    encode(value, writer) {
      if (depth === MAX_DEPTH) throw new PacketsError('data', 'nested more than 32 deep');
      depth++;
      try {
        self.content.encode(value, writer);
      } finally {
        depth--;
      }
    },
    decode: (reader) => reader.nested((reader) => self.content.decode(reader)),
  };
  const content = (self.content = make(self));
  return { ...self, kind: 'definition', minSize: content.minSize };
}

/**
 * Items, of which the last codec's repeats until there are `least` of them, or up to `most`: arrays and tuples. Their
 * number stands before those of the last codec, if it `isCounted`.
 */
function sequence(codecs: readonly Codec<any>[], least: number, most: number, isCounted = true): Codec<any[]> {
  const first = codecs.slice(0, -1);
  const last = codecs.at(-1)!;
  const { minSize } = last;
  return {
    minSize: sum(first) + +isCounted + (least - first.length) * minSize,
    encode(value, writer) {
      if (!Array.isArray(value) || value.length < least || value.length > most) {
        throw expected(`an array of ${least}${most < Infinity ? '' : ' or more'}`, value);
      }
      for (let i = 0; i < value.length; i++) {
        if (i === first.length && isCounted) writer.varuint(value.length);
        encodePart(i, first[i] ?? last, value[i], writer);
      }
      if (value.length === first.length && isCounted) writer.varuint(value.length);
    },
    decode(reader) {
      const items = first.map((codec) => part(codec, reader));
      const count = isCounted ? reader.varuint() : least;
      if (count < least || count > most) throw decodeError('a tuple of another length');
      reader.charge(count - items.length, minSize);
      while (items.length < count) items.push(last.decode(reader));
      return items;
    },
  };
}

function sum(codecs: readonly Codec<any>[]): number {
  return codecs.reduce((size, codec) => size + codec.minSize, 0);
}

/** An error says in which part it is: a field, or an item. */
function encodePart(part: string | number, codec: Codec<any>, value: unknown, writer: Writer): void {
  try {
    codec.encode(value, writer);
  } catch (error) {
    throw within(typeof part === 'number' ? `[${part}]` : `.${part}`, error);
  }
}

/** Nothing but the budget bounds how many parts of no bytes a value has. */
export function part(codec: Codec<any>, reader: Reader): unknown {
  const { at } = reader;
  const value = codec.decode(reader);
  if (reader.at === at) reader.charge(1, 0);
  return value;
}

