/** Packets of different builds: what becomes of the values of one schema on their way to another. */
import { incompatible, type Adapter, type Way } from './agreement.js';
import { codec, compile, type Codec, type Scope } from './codec.js';
import { PacketsError, decodeError, within } from './error.js';
import { Reader } from './reader.js';
import { SCALARS } from './scalar.js';
import { compare, putSorted } from './sorted.js';
import { parse, type Named, type Type } from './type.js';
import { written, type Writer } from './writer.js';

/** Reads a value of the sender's schema, and writes it in the receiver's. */
type Step = (reader: Reader, writer: Writer) => void;
/** Says where two schemas differ, of which the first is the sender's. */
type Differ = (path: string, from: string, to: string) => PacketsError;

/** A schema's text has at most so many characters. */
const MAX_TEXT = 1 << 16;
/** Two schemas are compared so deep. */
const MAX_TYPES = 128;
/** An adapted value nests so deep. */
const MAX_LEVELS = 256;
/** An adapted value may take so many bytes more than 16 times those of the value. */
const ROOM = 1 << 20;

const defaultsCodec = codec<(Uint8Array | undefined)[]>('[buffer?]');

/**
 * Adapts the packets of another build of the server, as an option of the socket: fields that were added with a default
 * or removed, wider integers, options, variants in another order. A value is the same, or it does not travel.
 */
export const adapt: Adapter = (ours, theirs) => {
  const ending = new Reader(theirs.rest ?? new Uint8Array());
  try {
    if (Math.max(theirs.schema.length, theirs.response.length) > MAX_TEXT) throw new PacketsError('schema', 'too long');
    const [data, answer] = types(ours.schema, ours.response, ours.defaults.map(unhex));
    const [theirData, theirAnswer] = types(
      theirs.schema,
      theirs.response,
      ending.end > 0 ? defaultsCodec.decode(ending) : [],
    );
    const { name } = ours;
    const out: Differ = incompatible;
    const back: Differ = (path, from, to) => incompatible(path, to, from);
    return {
      outgoing: way(plan(name, data, theirData, out), plan(`${name} ->`, theirAnswer, answer, back)),
      incoming: way(plan(name, theirData, data, back), plan(`${name} ->`, answer, theirAnswer, out)),
    };
  } catch (error) {
    if (!(error instanceof PacketsError)) throw error;
    const unreadable = incompatible(ours.name, ours.schema, 'a type this version does not know');
    return { outgoing: unreadable, incoming: unreadable };
  }
};

function types(schema: string, response: string, defaults: (Uint8Array | undefined)[]): [Type, Type] {
  // The schema's come first.
  const data = parse(schema, defaults);
  return [data, parse(response, defaults)];
}

function unhex(digits: string | null): Uint8Array | undefined {
  return digits === null ? undefined : Uint8Array.from(digits.match(/../g) ?? [], (digit) => parseInt(digit, 16));
}

function way(body: Way['body'] | PacketsError, answer: Way['body'] | PacketsError): Way | PacketsError {
  return body instanceof PacketsError ? body : answer instanceof PacketsError ? answer : { body, answer };
}

/** What adapts the bytes of a packet's data or answer, or why nothing does. */
function plan(name: string, from: Type, to: Type, differ: Differ): Way['body'] | PacketsError {
  try {
    const step = new Planner(differ).step(new Place(from), new Place(to), name);
    return (bytes) => adapted(name, step, bytes);
  } catch (error) {
    if (error instanceof PacketsError) return error;
    throw error;
  }
}

let level = 0;

function adapted(name: string, step: Step, bytes: Uint8Array): Uint8Array {
  const reader = new Reader(bytes);
  level = 0;
  try {
    return written((writer) => {
      step(reader, writer);
      reader.finish();
    }, bytes.length * 16 + ROOM);
  } catch (error) {
    if (!(error instanceof PacketsError) || error.kind === 'decode') throw error;
    throw new PacketsError('incompatible', `${name}${error.path}: ${error.message}`);
  }
}

/** A type, with the definitions around it. */
class Place {
  constructor(
    readonly type: Type,
    readonly around: ReadonlyMap<string, Place> = new Map(),
    readonly scope: Scope = {},
  ) {}

  at(type: Type): Place {
    return new Place(type, this.around, this.scope);
  }

  get codec(): Codec<any> {
    return compile(this.type, this.scope);
  }

  /** What is in the definition that it is, or refers to. */
  get content(): Place | undefined {
    const { type, around, scope } = this;
    if (type.kind === 'reference') return around.get(type.name)!.content;
    if (type.kind !== 'definition') return undefined;
    const name = `@${type.name}`;
    return new Place(type.content, new Map([...around, [type.name, this]]), { ...scope, [name]: this.codec });
  }
}

/** Makes the steps of one pair of schemas. */
class Planner {
  readonly #differ: Differ;
  /** The steps of pairs of which one at least may contain itself. */
  readonly #known = new Map<Type, Map<Type, Step>>();
  #types = 0;

  constructor(differ: Differ) {
    this.#differ = differ;
  }

  step(from: Place, to: Place, path: string): Step {
    if (++this.#types > MAX_TYPES) throw this.#differ(path, from.type.text, to.type.text);
    const step = this.#step(from, to, path);
    this.#types--;
    return (reader, writer) => {
      if (++level > MAX_LEVELS) throw decodeError('nested too deeply');
      step(reader, writer);
      level--;
    };
  }

  #step(from: Place, to: Place, path: string): Step {
    const [a, b] = [from.type, to.type];
    if (a.text === b.text && !a.text.includes('@')) return copy(from.codec);
    const [inner, outer] = [from.content, to.content];
    if (inner || outer) return this.#nested(inner ?? from, outer ?? to, path);
    const item = (ours: Type, theirs: Type, step = '') => this.step(from.at(ours), to.at(theirs), path + step);
    if (a.kind === 'option' && b.kind === 'option') return option(item(a.item, b.item));
    if (a.kind === 'option') return unwrapped(item(a.item, b));
    if (b.kind === 'option') return wrapped(item(a, b.item));
    if (isInteger(a)) return isInteger(b) ? integer(a.kind, b.kind) : this.#fail(from, to, path);
    if (a.kind === 'float32' && b.kind === 'float64') return float;
    if (a.kind === 'array' && b.kind === 'array') return list(item(a.item, b.item, '[]'), size(from, a.item));
    if (a.kind === 'fixed' && b.kind === 'fixed' && a.count === b.count) {
      return repeat(item(a.item, b.item, '[]'), a.count, size(from, a.item));
    }
    if (a.kind === 'set' && b.kind === 'set') return entries(item(a.item, b.item, '[]'), undefined, size(from, a.item));
    if (a.kind === 'map' && b.kind === 'map') {
      const [key, value] = [item(a.key, b.key, '[].key'), item(a.value, b.value, '[].value')];
      return entries(key, value, size(from, a.key) + size(from, a.value));
    }
    if (a.kind === 'tuple' && b.kind === 'tuple' && a.items.length === b.items.length) {
      return tuple(a.items.map((ours, index) => item(ours, b.items[index]!, `.${index}`)));
    }
    if (a.kind === 'object' && b.kind === 'object') return this.#object(from, to, a.fields, b.fields, path);
    if (a.kind === 'enum' && b.kind === 'enum') return this.#enum(from, to, a.variants, b.variants, path);
    return this.#fail(from, to, path);
  }

  #fail(from: Place, to: Place, path: string): never {
    throw this.#differ(path, from.type.text, to.type.text);
  }

  #nested(from: Place, to: Place, path: string): Step {
    const known = this.#known.get(from.type) ?? new Map<Type, Step>();
    this.#known.set(from.type, known);
    const found = known.get(to.type);
    if (found) return found;
    let content: Step;
    const nested: Step = (reader, writer) => reader.nested(() => content(reader, writer));
    known.set(to.type, nested);
    content = this.step(from, to, path);
    return nested;
  }

  /** Both have their fields in the same order. */
  #object(from: Place, to: Place, ours: readonly Named[], theirs: readonly Named[], path: string): Step {
    const names = [...new Set([...ours, ...theirs].map((field) => field.name))].sort();
    const named = (fields: readonly Named[]) => new Map(fields.map((field) => [field.name, field]));
    const [own, other] = [named(ours), named(theirs)];
    const steps = names.map((name): Step => {
      const [a, b] = [own.get(name), other.get(name)];
      const inside = joined(path, name);
      if (!b) return skip(from.at(a!.type).codec);
      if (a) return located(`.${name}`, this.step(from.at(a.type), to.at(b.type), inside));
      const bytes = absent(b);
      if (!bytes) throw this.#differ(inside, 'not there', b.type.text);
      return (_, writer) => writer.put(bytes);
    });
    return (reader, writer) => {
      for (const step of steps) step(reader, writer);
    };
  }

  #enum(from: Place, to: Place, ours: readonly Named[], theirs: readonly Named[], path: string): Step {
    const steps = ours.map(({ name, type }): Step => {
      const index = theirs.findIndex((variant) => variant.name === name);
      if (index < 0) {
        return () => {
          throw new PacketsError('incompatible', `${name} is a variant that the receiver does not know`);
        };
      }
      const content = this.step(from.at(type), to.at(theirs[index]!.type), joined(path, name));
      return located(`.${name}`, (reader, writer) => {
        writer.varuint(index);
        content(reader, writer);
      });
    });
    return (reader, writer) => {
      const step = steps[reader.varuint()];
      if (!step) throw decodeError('an enum has no such variant');
      step(reader, writer);
    };
  }
}

/** `Move.x`, but `Move -> x`. */
function joined(path: string, name: string): string {
  return `${path}${path.endsWith('->') ? ' ' : '.'}${name}`;
}

/** The bytes of a field that the sender lacks, if they are known. */
function absent({ fallback, type }: Named): Uint8Array | undefined {
  if (fallback) return fallback;
  if (type.kind === 'option') return new Uint8Array(1);
  return isEmpty(type) ? new Uint8Array() : undefined;
}

/** Whether there is one value, which takes no bytes. */
function isEmpty(type: Type): boolean {
  if (type.kind === 'fixed') return type.count === 0 || isEmpty(type.item);
  return type.kind === 'object' && type.fields.every((field) => isEmpty(field.type));
}

/** The fewest bytes that an item takes. */
function size(place: Place, item: Type): number {
  return place.at(item).codec.minSize;
}

function isInteger(type: Type): type is Type & { kind: 'int8' } {
  return /int/.test(type.kind);
}

function located(step: string, then: Step): Step {
  return (reader, writer) => {
    try {
      then(reader, writer);
    } catch (error) {
      throw within(step, error);
    }
  };
}

/** The value's own bytes. */
function copy(codec: Codec<any>): Step {
  return (reader, writer) => {
    const start = reader.at;
    codec.decode(reader);
    writer.put(reader.bytes.subarray(start, reader.at));
  };
}

function skip(codec: Codec<any>): Step {
  return (reader) => void codec.decode(reader);
}

function integer(from: string, to: string): Step {
  const [a, b] = [SCALARS[from]!, SCALARS[to]!];
  const convert = /64|128/.test(to) ? BigInt : Number;
  return (reader, writer) => b.encode(convert(a.decode(reader)), writer);
}

const float: Step = (reader, writer) => SCALARS['float64']!.encode(SCALARS['float32']!.decode(reader), writer);

function isThere(reader: Reader): boolean {
  const count = reader.varuint();
  if (count > 1) throw decodeError('an option has more than one value');
  return count === 1;
}

function option(item: Step): Step {
  return (reader, writer) => {
    const some = isThere(reader);
    writer.uint8(+some);
    if (some) item(reader, writer);
  };
}

function wrapped(item: Step): Step {
  return (reader, writer) => {
    writer.uint8(1);
    item(reader, writer);
  };
}

function unwrapped(item: Step): Step {
  return (reader, writer) => {
    if (!isThere(reader)) throw new PacketsError('incompatible', 'absent, but the receiver needs it');
    item(reader, writer);
  };
}

function repeated(item: Step, count: number, reader: Reader, writer: Writer): void {
  for (let i = 0; i < count; i++) located(`[${i}]`, item)(reader, writer);
}

function list(item: Step, minSize: number): Step {
  return (reader, writer) => {
    const count = reader.count(minSize);
    writer.varuint(count);
    repeated(item, count, reader, writer);
  };
}

function repeat(item: Step, count: number, minSize: number): Step {
  return (reader, writer) => {
    reader.charge(count, minSize);
    repeated(item, count, reader, writer);
  };
}

function tuple(items: readonly Step[]): Step {
  return (reader, writer) => {
    for (const [index, item] of items.entries()) {
      if (index === items.length - 1) {
        if (reader.varuint() !== items.length) throw decodeError('a tuple has another number of items');
        writer.varuint(items.length);
      }
      located(`.${index}`, item)(reader, writer);
    }
  };
}

/** A set's items, or a map's keys with their values: in the order of the sender's bytes, then of the receiver's. */
function entries(key: Step, value: Step | undefined, minSize: number): Step {
  return (reader, writer) => {
    const count = reader.count(minSize);
    writer.varuint(count);
    const start = writer.at;
    const places: [at: number, value: number, end: number][] = [];
    let last: Uint8Array | undefined;
    for (let i = 0; i < count; i++) {
      const [at, from] = [writer.at - start, reader.at];
      located(`[${i}]`, key)(reader, writer);
      const name = reader.bytes.subarray(from, reader.at);
      if (last && compare(last, name) >= 0) throw decodeError('items or keys do not ascend');
      last = name;
      const end = writer.at - start;
      if (value) located(`[${i}]`, value)(reader, writer);
      places.push([at, end, writer.at - start]);
    }
    const bytes = writer.finish(start);
    writer.at = start;
    putSorted(places.map(([at, value, end]) => [bytes.subarray(at, value), bytes.subarray(value, end)]), writer);
  };
}
