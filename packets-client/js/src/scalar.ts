import type { Codec } from './codec.js';
import { decodeError, expected } from './error.js';
import { pack, unpack } from './message_pack.js';
import { Reader } from './reader.js';
import { MAX_VARUINT } from './writer.js';

/** The codec of each type that is written as one word. */
export const SCALARS: Readonly<Record<string, Codec<any>>> = {
  bool: {
    minSize: 1,
    encode(value, writer) {
      if (typeof value !== 'boolean') throw expected('a boolean', value);
      writer.uint8(+value);
    },
    decode(reader) {
      const byte = reader.uint8();
      if (byte > 1) throw decodeError('a bool is neither 0 nor 1');
      return byte === 1;
    },
  },
  int8: integer(1, true),
  int16: integer(2, true),
  int32: integer(4, true),
  int64: big(8, true),
  int128: big(16, true),
  uint8: integer(1, false),
  uint16: integer(2, false),
  uint32: integer(4, false),
  uint64: big(8, false),
  uint128: big(16, false),
  float32: float(4, 3.4028234663852886e38),
  float64: float(8, Infinity),
  varuint: {
    minSize: 1,
    encode(value, writer) {
      writer.varuint(whole(value, 0, MAX_VARUINT));
    },
    decode: (reader) => reader.varuint(),
  },
  varint: {
    minSize: 1,
    encode(value, writer) {
      const number = whole(value, -0x40000000, 0x3fffffff);
      writer.varuint((number << 1) ^ (number >> 31));
    },
    decode(reader) {
      const number = reader.varuint();
      return (number >>> 1) ^ -(number & 1);
    },
  },
  char: {
    minSize: 1,
    encode(value, writer) {
      const scalar = typeof value === 'string' ? value.codePointAt(0) : undefined;
      if (scalar === undefined || isSurrogate(scalar) || value.length !== (scalar > 0xffff ? 2 : 1)) {
        throw expected('one character', value);
      }
      writer.varuint(scalar);
    },
    decode(reader) {
      const scalar = reader.varuint();
      if (scalar > 0x10ffff || isSurrogate(scalar)) throw decodeError('a char is no character');
      return String.fromCodePoint(scalar);
    },
  },
  string: {
    minSize: 1,
    encode(value, writer) {
      if (typeof value !== 'string') throw expected('a string', value);
      writer.string(value);
    },
    decode: (reader) => reader.string(),
  },
  buffer: {
    minSize: 1,
    encode(value, writer) {
      if (!(value instanceof Uint8Array)) throw expected('a Uint8Array', value);
      writer.buffer(value);
    },
    decode: (reader) => reader.copy(reader.varuint()),
  },
  packed: {
    minSize: 1,
    encode(value, writer) {
      writer.prefixed(0, () => pack(value, writer));
    },
    decode(reader) {
      const document = new Reader(reader.part(reader.varuint()), reader);
      const value = unpack(document);
      document.finish();
      return value;
    },
  },
};

function whole(value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= most) || Math.trunc(value) !== value) {
    throw expected(`an integer from ${least} to ${most}`, value);
  }
  return value;
}

/** Integers of up to 32 bits, big-endian. */
function integer(size: 1 | 2 | 4, isSigned: boolean): Codec<number> {
  const unused = 32 - 8 * size;
  const most = 2 ** (8 * size - +isSigned) - 1;
  const least = isSigned ? -most - 1 : 0;
  return {
    minSize: size,
    encode(value, writer) {
      whole(value, least, most);
      writer.reserve(size);
      const { bytes } = writer;
      let { at } = writer;
      if (size > 2) {
        bytes[at++] = value >> 24;
        bytes[at++] = value >> 16;
      }
      if (size > 1) bytes[at++] = value >> 8;
      bytes[at++] = value;
      writer.at = at;
    },
    decode(reader) {
      let value = 0;
      for (let at = reader.take(size); at < reader.at; at++) value = (value << 8) | reader.bytes[at]!;
      return isSigned ? (value << unused) >> unused : value >>> 0;
    },
  };
}

/** Integers of 64 or 128 bits; a number that holds its value exactly is as good as a bigint. */
function big(size: 8 | 16, isSigned: boolean): Codec<bigint> {
  const fit = isSigned ? BigInt.asIntN : BigInt.asUintN;
  return {
    minSize: size,
    encode(value, writer) {
      const number = Number.isSafeInteger(value) ? BigInt(value) : value;
      if (typeof number !== 'bigint' || fit(8 * size, number) !== number) {
        throw expected(`a bigint of ${8 * size} bits${isSigned ? '' : ', not negative'}`, value);
      }
      if (size > 8) writer.uint64(number >> 64n);
      writer.uint64(number);
    },
    decode(reader) {
      let number = reader.uint64();
      if (size > 8) number = (number << 64n) | reader.uint64();
      return fit(8 * size, number);
    },
  };
}

/** Finite ones up to `most`, and those that are not finite. */
function float(size: 4 | 8, most: number): Codec<number> {
  const isSingle = size === 4;
  return {
    minSize: size,
    encode(value, writer) {
      if (typeof value !== 'number' || (Number.isFinite(value) && Math.abs(value) > most)) {
        throw expected(`a float${8 * size}`, value);
      }
      writer.reserve(size);
      if (isSingle) writer.view.setFloat32(writer.at, value);
      else writer.view.setFloat64(writer.at, value);
      writer.at += size;
    },
    decode(reader) {
      const at = reader.take(size);
      return isSingle ? reader.view.getFloat32(at) : reader.view.getFloat64(at);
    },
  };
}

function isSurrogate(scalar: number): boolean {
  return scalar >= 0xd800 && scalar <= 0xdfff;
}
