import { decodeError, expected } from './error.js';
import { pack, unpack } from './message_pack.js';
import { Reader } from './reader.js';
import type { Type, Word } from './type.js';
import { MAX_VARUINT, type Writer } from './writer.js';

export const bool = /* @__PURE__ */ word(
  'bool',
  1,
  (value, writer) => writer.uint8(+is('boolean', value)),
  (reader) => reader.flag(),
);
export const int8 = /* @__PURE__ */ integer(1, 1);
export const int16 = /* @__PURE__ */ integer(2, 1);
export const int32 = /* @__PURE__ */ integer(4, 1);
export const int64 = /* @__PURE__ */ big(8, 1);
export const int128 = /* @__PURE__ */ big(16, 1);
export const uint8 = /* @__PURE__ */ integer(1, 0);
export const uint16 = /* @__PURE__ */ integer(2, 0);
export const uint32 = /* @__PURE__ */ integer(4, 0);
export const uint64 = /* @__PURE__ */ big(8, 0);
export const uint128 = /* @__PURE__ */ big(16, 0);
export const float32 = /* @__PURE__ */ float(4, 3.4028234663852886e38);
export const float64 = /* @__PURE__ */ float(8, Infinity);
export const varuint = /* @__PURE__ */ word(
  'varuint',
  1,
  (value, writer) => writer.varuint(whole(value, 0, MAX_VARUINT)),
  (reader) => reader.varuint(),
);
export const varint = /* @__PURE__ */ word(
  'varint',
  1,
  (value, writer) => writer.varuint((whole(value, -0x40000000, 0x3fffffff) << 1) ^ (value >> 31)),
  (reader) => {
    const number = reader.varuint();
    return (number >>> 1) ^ -(number & 1);
  },
);
export const char = /* @__PURE__ */ word(
  'char',
  1,
  (value, writer) => {
    const scalar = is('string', value).codePointAt(0);
    if (!isScalar(scalar) || value !== String.fromCodePoint(scalar)) throw expected('one character', value);
    writer.varuint(scalar);
  },
  (reader) => {
    const scalar = reader.varuint();
    if (!isScalar(scalar)) throw decodeError('a char that is no character');
    return String.fromCodePoint(scalar);
  },
);
export const string = /* @__PURE__ */ word(
  'string',
  1,
  (value, writer) => writer.string(is('string', value)),
  (reader) => reader.string(),
);
export const buffer: Type = /* @__PURE__ */ (() => ({ kind: 'buffer' as const, ...bytes() }))();
export const packed = /* @__PURE__ */ word(
  'packed',
  1,
  (value, writer) => writer.prefixed(() => pack(value, writer)),
  (reader) => {
    const document = new Reader(reader.part(reader.varuint()), reader);
    const value = unpack(document);
    document.finish();
    return value;
  },
);

function word(
  kind: Word,
  minSize: number,
  encode: (value: any, writer: Writer) => void,
  decode: (reader: Reader) => unknown,
): Type {
  return { kind, minSize, encode, decode };
}

function is(type: 'boolean' | 'string', value: any): any {
  if (typeof value !== type) throw expected(`a ${type}`, value);
  return value;
}

function whole(value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) throw outside(value, least, most);
  return value;
}

function outside(value: unknown, least: unknown, most: unknown): Error {
  return expected(`an integer from ${least} to ${most}`, value);
}

function isScalar(scalar: number | undefined): scalar is number {
  return scalar! < 0xd800 || (scalar! > 0xdfff && scalar! < 0x110000);
}

/** Integers of up to 32 bits, big-endian. */
function integer(size: number, sign: 0 | 1): Type {
  const unused = 32 - 8 * size;
  const most = 2 ** (8 * size - sign) - 1;
  const least = sign && -most - 1;
  return word(
    `${sign ? '' : 'u'}int${8 * size}` as Word,
    size,
    (value, writer) => {
      whole(value, least, most);
      writer.reserve(size);
      for (let shift = 8 * size; shift > 0; ) writer.bytes[writer.at++] = value >> (shift -= 8);
    },
    (reader) => {
      let value = 0;
      for (let at = reader.take(size); at < reader.at; at++) value = (value << 8) | reader.bytes[at]!;
      return sign ? (value << unused) >> unused : value >>> 0;
    },
  );
}

/** Integers of 64 or 128 bits; a number that holds its value exactly is as good as a bigint. */
function big(size: number, sign: 0 | 1): Type {
  const bits = 8 * size;
  const most = 2n ** BigInt(bits - sign) - 1n;
  const least = sign ? -most - 1n : 0n;
  return word(
    `${sign ? '' : 'u'}int${bits}` as Word,
    size,
    (value, writer) => {
      const isExact = typeof value === 'bigint' || Number.isSafeInteger(value);
      if (!isExact || value < least || value > most) throw outside(value, least, most);
      const number = BigInt(value);
      if (size > 8) writer.uint64(number >> 64n);
      writer.uint64(number);
    },
    (reader) => {
      let number = reader.uint64();
      if (size > 8) number = (number << 64n) | reader.uint64();
      return sign ? BigInt.asIntN(bits, number) : number;
    },
  );
}

/** Finite ones up to `most`, and those that are not finite. */
function float(size: number, most: number): Type {
  const isSingle = size < 8;
  return word(
    `float${8 * size}` as Word,
    size,
    (value, writer) => {
      if (typeof value !== 'number' || (Number.isFinite(value) && Math.abs(value) > most)) {
        throw expected(`a float${8 * size}`, value);
      }
      writer.reserve(size);
      if (isSingle) writer.view.setFloat32(writer.at, value);
      else writer.view.setFloat64(writer.at, value);
      writer.at += size;
    },
    (reader) => {
      const at = reader.take(size);
      return isSingle ? reader.view.getFloat32(at) : reader.view.getFloat64(at);
    },
  );
}

/** So many bytes, as of addresses and UUIDs; without a count any number of them. */
export function bytes(count?: number): Pick<Type, 'minSize' | 'encode' | 'decode'> {
  return {
    minSize: count ?? 1,
    encode(value, writer) {
      if (!(value instanceof Uint8Array) || value.length !== (count ?? value.length)) {
        throw expected(`a Uint8Array${count === undefined ? '' : ` of ${count} bytes`}`, value);
      }
      if (count === undefined) writer.varuint(value.length);
      writer.put(value);
    },
    decode: (reader) => reader.copy(count ?? reader.varuint()),
  };
}
