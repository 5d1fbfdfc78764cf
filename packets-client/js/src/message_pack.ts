import { PacketsError, decodeError } from './error.js';
import type { Reader } from './reader.js';
import { Writer, written } from './writer.js';

/** One of msgpack-lite's extensions that JavaScript has no plain value for, such as its typed arrays. */
export class Extension {
  constructor(
    readonly type: number,
    readonly bytes: Uint8Array,
  ) {}
}

const DATE = 0x0d;
/** As deep as a reader goes by default. */
const MAX_DEPTH = 32;

/**
 * Appends any data as MessagePack, each value in its shortest form: what JSON has, bigints of 64 bits, `Uint8Array`,
 * `Date`, `Map`. `undefined` is nil.
 */
export function pack(value: unknown, writer: Writer, depth = MAX_DEPTH): void {
  switch (typeof value) {
    case 'undefined':
      return writer.uint8(0xc0);
    case 'boolean':
      return writer.uint8(value ? 0xc3 : 0xc2);
    case 'number':
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return integer(value, writer);
      writer.uint8(0xcb);
      writer.reserve(8);
      writer.view.setFloat64(writer.at, value);
      writer.at += 8;
      return;
    case 'bigint':
      return bigint(value, writer);
    case 'string':
      return string(value, writer);
    case 'object':
      return object(value, writer, depth);
    default:
      throw new PacketsError('data', `cannot pack a ${typeof value}`);
  }
}

function object(value: object | null, writer: Writer, depth: number): void {
  if (value === null) return writer.uint8(0xc0);
  if (value instanceof Uint8Array) {
    head(writer, value.length, [0xc4, 0xc5, 0xc6]);
    return writer.put(value);
  }
  if (value instanceof Date) {
    return extension(
      DATE,
      written((writer) => pack(value.getTime(), writer)),
      writer,
    );
  }
  if (value instanceof Extension) return extension(value.type, value.bytes, writer);
  if (depth === 0) throw new PacketsError('data', 'cannot pack what nests more than 32 deep');
  if (Array.isArray(value)) {
    head(writer, value.length, [, 0xdc, 0xdd], 0x90, 0x10);
    for (const item of value) pack(item, writer, depth - 1);
    return;
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  head(writer, entries.length, [, 0xde, 0xdf], 0x80, 0x10);
  for (const [key, item] of entries) {
    pack(key, writer, depth - 1);
    pack(item, writer, depth - 1);
  }
}

/** The marker of a length: of `short` if it is below `limit`, else of the shortest of 8, 16 and 32 bits. */
function head(writer: Writer, length: number, markers: (number | undefined)[], short = 0, limit = 0): void {
  if (length < limit) return writer.uint8(short | length);
  const size = length < 0x100 && markers[0] ? 0 : length < 0x10000 ? 1 : 2;
  writer.uint8(markers[size]!);
  unsigned(writer, length, 1 << size);
}

function unsigned(writer: Writer, value: number, size: number): void {
  writer.reserve(4);
  if (size === 1) writer.view.setUint8(writer.at, value);
  else if (size === 2) writer.view.setUint16(writer.at, value);
  else writer.view.setUint32(writer.at, value);
  writer.at += size;
}

function integer(value: number, writer: Writer): void {
  if (value >= 0 ? value > 0xffffffff : value < -0x80000000) return bigint(BigInt(value), writer);
  if (value >= 0) return head(writer, value, [0xcc, 0xcd, 0xce], 0, 0x80);
  if (value >= -0x20) return writer.uint8(value & 0xff);
  const size = value >= -0x80 ? 0 : value >= -0x8000 ? 1 : 2;
  writer.uint8(0xd0 + size);
  unsigned(writer, value, 1 << size);
}

function bigint(value: bigint, writer: Writer): void {
  const small = Number(value);
  if (small <= 0xffffffff && small >= -0x80000000) return integer(small, writer);
  if (value !== (value < 0 ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value))) {
    throw new PacketsError('data', 'cannot pack an integer beyond 64 bits');
  }
  writer.uint8(value < 0 ? 0xd3 : 0xcf);
  writer.reserve(8);
  writer.view.setBigUint64(writer.at, BigInt.asUintN(64, value));
  writer.at += 8;
}

function string(text: string, writer: Writer): void {
  // The length in bytes is known only when they are there.
  const start = writer.at;
  writer.utf8(text);
  const bytes = writer.finish(start);
  writer.at = start;
  head(writer, bytes.length, [0xd9, 0xda, 0xdb], 0xa0, 0x20);
  writer.put(bytes);
}

function extension(type: number, bytes: Uint8Array, writer: Writer): void {
  const fixed = [1, 2, 4, 8, 16].indexOf(bytes.length);
  if (fixed >= 0) writer.uint8(0xd4 + fixed);
  else head(writer, bytes.length, [0xc7, 0xc8, 0xc9]);
  writer.uint8(type);
  writer.put(bytes);
}

/** Reads one value, which is in its shortest form. Integers beyond 2⁵³ are bigints. */
export function unpack(reader: Reader): unknown {
  const marker = reader.uint8();
  if (marker < 0x80) return marker;
  if (marker < 0x90) return map(reader, marker & 0x0f);
  if (marker < 0xa0) return array(reader, marker & 0x0f);
  if (marker < 0xc0) return reader.utf8(marker & 0x1f);
  if (marker >= 0xe0) return marker - 0x100;
  switch (marker) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xc4:
      return reader.copy(number(reader, 1, 0));
    case 0xc5:
      // msgpack-lite takes the longer form for 255 bytes already, here and for extensions.
      return reader.copy(number(reader, 2, 0xff));
    case 0xc6:
      return reader.copy(number(reader, 4, 0x10000));
    case 0xc7: {
      const length = number(reader, 1, 0);
      return [1, 2, 4, 8, 16].includes(length) ? malformed() : readExtension(reader, length);
    }
    case 0xc8:
      return readExtension(reader, number(reader, 2, 0xff));
    case 0xc9:
      return readExtension(reader, number(reader, 4, 0x10000));
    case 0xca:
      return reader.view.getFloat32(reader.take(4));
    case 0xcb:
      return reader.view.getFloat64(reader.take(8));
    case 0xcc:
      return number(reader, 1, 0x80);
    case 0xcd:
      return number(reader, 2, 0x100);
    case 0xce:
      return number(reader, 4, 0x10000);
    case 0xcf: {
      const value = reader.uint64();
      return value > 0xffffffffn ? narrow(value) : malformed();
    }
    case 0xd0:
      return negative(reader.view.getInt8(reader.take(1)), -0x20);
    case 0xd1:
      return negative(reader.view.getInt16(reader.take(2)), -0x80);
    case 0xd2:
      return negative(reader.view.getInt32(reader.take(4)), -0x8000);
    case 0xd3: {
      const value = BigInt.asIntN(64, reader.uint64());
      return value < -0x80000000n ? narrow(value) : malformed();
    }
    case 0xd9:
      return reader.utf8(number(reader, 1, 0x20));
    case 0xda:
      return reader.utf8(number(reader, 2, 0x100));
    case 0xdb:
      return reader.utf8(number(reader, 4, 0x10000));
    case 0xdc:
      return array(reader, number(reader, 2, 0x10));
    case 0xdd:
      return array(reader, number(reader, 4, 0x10000));
    case 0xde:
      return map(reader, number(reader, 2, 0x10));
    case 0xdf:
      return map(reader, number(reader, 4, 0x10000));
    default:
      return marker === 0xc1 ? malformed() : readExtension(reader, 1 << (marker - 0xd4));
  }
}

function malformed(): never {
  throw decodeError('MessagePack is not in its shortest form');
}

function number(reader: Reader, size: 1 | 2 | 4, least: number): number {
  const at = reader.take(size);
  const { view } = reader;
  const value = size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at);
  return value >= least ? value : malformed();
}

/** Only a number below `limit` needs the form it came in. */
function negative(value: number, limit: number): number {
  return value < limit ? value : malformed();
}

function narrow(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

function array(reader: Reader, count: number): unknown[] {
  return elements(reader, count, 1, (items: unknown[]) => {
    items.push(unpack(reader));
    return items;
  }, []);
}

function map(reader: Reader, count: number): object {
  return elements(reader, count, 2, (object: object) => {
    const key = unpack(reader);
    if (typeof key === 'object' && key !== null) throw decodeError('a key is no text');
    // An assignment to `__proto__` would be none of a member.
    const member = { value: unpack(reader), enumerable: true, writable: true, configurable: true };
    return Object.defineProperty(object, String(key), member);
  }, {});
}

function elements<T>(reader: Reader, count: number, each: number, add: (to: T) => T, to: T): T {
  // Each element takes a byte at least.
  reader.charge(count * each, 1);
  reader.charge(count * each, 0);
  return reader.nested(() => {
    for (let i = 0; i < count; i++) add(to);
    return to;
  });
}

function readExtension(reader: Reader, length: number): Date | Extension {
  const type = reader.uint8();
  const end = reader.at + length;
  if (type === DATE) {
    const milliseconds = unpack(reader);
    if (typeof milliseconds !== 'number' || reader.at !== end) throw decodeError('a date is no number');
    return new Date(milliseconds);
  }
  // Errors, RegExp, boxed values, then Buffer and typed arrays.
  const isKnown =
    (type >= 0x01 && type <= 0x06) || (type >= 0x0a && type <= 0x0f) || (type >= 0x11 && type <= 0x1b) || type === 0x1d;
  if (!isKnown) throw decodeError('MessagePack has an extension that is unknown here');
  return new Extension(type, reader.copy(length));
}
