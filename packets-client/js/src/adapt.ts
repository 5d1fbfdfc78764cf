/** Packets of different builds: what becomes of the values of one schema on their way to another. */
import type { Adapter, Way } from './agreement.js';
import type { Codec } from './codec.js';
import { PacketsError, decodeError, within } from './error.js';
import { Reader } from './reader.js';
import { float32, float64 } from './scalar.js';
import { codec, parse, textOf } from './schema.js';
import { ascending, putSorted } from './sorted.js';
import type { Fallback, Named, Type } from './type.js';
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
    const defaults = ending.end > 0 ? defaultsCodec.decode(ending) : [];
    const [data, answer] = ours.types;
    // The defaults of the schema come first.
    const theirData = parse(theirs.schema, defaults);
    const theirAnswer = parse(theirs.response, defaults);
    const { name } = ours;
    const out: Differ = incompatible;
    const back: Differ = (path, from, to) => incompatible(path, to, from);
    return {
      outgoing: way(plan(name, data, theirData, out), plan(`${name} ->`, theirAnswer, answer, back)),
      incoming: way(plan(name, theirData, data, back), plan(`${name} ->`, answer, theirAnswer, out)),
    };
  } catch (error) {
    if (!(error instanceof PacketsError)) throw error;
    const unreadable = incompatible(ours.name, textOf(ours.types[0]), 'a type this version does not know');
    return { outgoing: unreadable, incoming: unreadable };
  }
};

/** The place where a packet of this end differs from one of the other, with both types there. */
function incompatible(path: string, here: string, there: string): PacketsError {
  return new PacketsError('incompatible', `\`${path}\` is ${here} here and ${there} on the other end`);
}

function way(body: Way['body'] | PacketsError, answer: Way['body'] | PacketsError): Way | PacketsError {
  return body instanceof PacketsError ? body : answer instanceof PacketsError ? answer : { body, answer };
}

/** What adapts the bytes of a packet's data or answer, or why nothing does. */
function plan(name: string, from: Type, to: Type, differ: Differ): Way['body'] | PacketsError {
  try {
    const step = new Planner(differ).step(from, to, name);
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

/** Makes the steps of one pair of schemas. */
class Planner {
  readonly #differ: Differ;
  /** The steps of pairs of which one at least may contain itself. */
  readonly #known = new Map<Type, Map<Type, Step>>();
  #types = 0;

  constructor(differ: Differ) {
    this.#differ = differ;
  }

  step(from: Type, to: Type, path: string): Step {
    if (++this.#types > MAX_TYPES) throw this.#differ(path, textOf(from), textOf(to));
    const step = this.#step(from, to, path);
    this.#types--;
    return (reader, writer) => {
      if (++level > MAX_LEVELS) throw decodeError('nested too deeply');
      step(reader, writer);
      level--;
    };
  }

  #step(a: Type, b: Type, path: string): Step {
    const text = textOf(a);
    if (text === textOf(b) && !text.includes('@')) return copy(a);
    const [inner, outer] = [content(a), content(b)];
    if (inner || outer) return this.#nested(inner ?? a, outer ?? b, path);
    const item = (ours: Type, theirs: Type, step = '') => this.step(ours, theirs, path + step);
    if (a.kind === 'option' && b.kind === 'option') return option(item(a.item, b.item));
    if (a.kind === 'option') return unwrapped(item(a.item, b));
    if (b.kind === 'option') return wrapped(item(a, b.item));
    if (isInteger(a)) return isInteger(b) ? integer(a, b) : this.#fail(a, b, path);
    if (a.kind === 'float32' && b.kind === 'float64') return float;
    if (a.kind === 'array' && b.kind === 'array') return list(item(a.item, b.item, '[]'), a.item.minSize);
    if (a.kind === 'fixed' && b.kind === 'fixed' && a.count === b.count) {
      return repeat(item(a.item, b.item, '[]'), a.count, a.item.minSize);
    }
    if (a.kind === 'set' && b.kind === 'set') return entries(item(a.item, b.item, '[]'), undefined, a.item.minSize);
    if (a.kind === 'map' && b.kind === 'map') {
      const [key, value] = [item(a.key, b.key, '[].key'), item(a.value, b.value, '[].value')];
      return entries(key, value, a.key.minSize + a.value.minSize);
    }
    if (a.kind === 'tuple' && b.kind === 'tuple' && a.items.length === b.items.length) {
      return tuple(a.items.map((ours, index) => item(ours, b.items[index]!, `.${index}`)));
    }
    if (a.kind === 'object' && b.kind === 'object') return this.#object(a.fields, b.fields, path);
    if (a.kind === 'enum' && b.kind === 'enum') return this.#enum(a.variants, b.variants, path);
    return this.#fail(a, b, path);
  }

  #fail(from: Type, to: Type, path: string): never {
    throw this.#differ(path, textOf(from), textOf(to));
  }

  #nested(from: Type, to: Type, path: string): Step {
    const known = this.#known.get(from) ?? new Map<Type, Step>();
    this.#known.set(from, known);
    const found = known.get(to);
    if (found) return found;
    let content: Step;
    const nested: Step = (reader, writer) => reader.nested(() => content(reader, writer));
    known.set(to, nested);
    content = this.step(from, to, path);
    return nested;
  }

  /** Both have their fields in the same order. */
  #object(ours: readonly Named[], theirs: readonly Named[], path: string): Step {
    const names = [...new Set([...ours, ...theirs].map((field) => field.name))].sort();
    const named = (fields: readonly Named[]) => new Map(fields.map((field) => [field.name, field]));
    const [own, other] = [named(ours), named(theirs)];
    const steps = names.map((name): Step => {
      const [a, b] = [own.get(name), other.get(name)];
      const inside = member(path, name);
      if (!b) return skip(a!.type);
      if (a) return located(`.${name}`, this.step(a.type, b.type, inside));
      const bytes = absent(b);
      if (!bytes) throw this.#differ(inside, 'not there', textOf(b.type));
      return (_, writer) => writer.put(bytes);
    });
    return (reader, writer) => {
      for (const step of steps) step(reader, writer);
    };
  }

  #enum(ours: readonly Named[], theirs: readonly Named[], path: string): Step {
    const steps = ours.map(({ name, type }): Step => {
      const index = theirs.findIndex((variant) => variant.name === name);
      if (index < 0) {
        return () => {
          throw new PacketsError('incompatible', `${name} is a variant that the receiver does not know`);
        };
      }
      const content = this.step(type, theirs[index]!.type, member(path, name));
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
function member(path: string, name: string): string {
  return `${path}${path.endsWith('->') ? ' ' : '.'}${name}`;
}

/** The bytes of a field that the sender lacks, if they are known. */
function absent({ fallback, type }: Named): Uint8Array | undefined {
  if (fallback !== undefined && fallback !== null) return bytesOf(fallback);
  if (type.kind === 'option') return new Uint8Array(1);
  return isEmpty(type) ? new Uint8Array() : undefined;
}

function bytesOf(fallback: NonNullable<Fallback>): Uint8Array {
  if (typeof fallback !== 'string') return fallback;
  return Uint8Array.from(fallback.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}

/** Whether there is one value, which takes no bytes. */
function isEmpty(type: Type): boolean {
  if (type.kind === 'fixed') return type.count === 0 || isEmpty(type.item);
  return type.kind === 'object' && type.fields.every((field) => isEmpty(field.type));
}

/** What is in the definition that a type is, or refers to. */
function content(type: Type): Type | undefined {
  return type.kind === 'definition' || type.kind === 'reference' ? type.content : undefined;
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

function integer(from: Type, to: Type): Step {
  const convert = /64|128/.test(to.kind) ? BigInt : Number;
  return (reader, writer) => to.encode(convert(from.decode(reader)), writer);
}

const float: Step = (reader, writer) => float64.encode(float32.decode(reader), writer);

function option(item: Step): Step {
  return (reader, writer) => {
    const some = reader.flag();
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
    if (!reader.flag()) throw new PacketsError('incompatible', 'absent, but the receiver needs it');
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
      last = ascending(last, reader.bytes.subarray(from, reader.at));
      const end = writer.at - start;
      if (value) located(`[${i}]`, value)(reader, writer);
      places.push([at, end, writer.at - start]);
    }
    const bytes = writer.finish(start);
    writer.at = start;
    putSorted(places.map(([at, value, end]) => [bytes.subarray(at, value), bytes.subarray(value, end)]), writer);
  };
}
