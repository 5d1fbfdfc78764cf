import type { Codec } from './codec.js';
import { decodeError, expected } from './error.js';
import { pack, unpack } from './message_pack.js';
import { Reader } from './reader.js';
import type { Word } from './type.js';
import { MAX_VARUINT, type Writer } from './writer.js';

/** The codec of each type that is written as one word. */
export const SCALARS: Record<Word, Codec<any>> = {
  bool: {
    minSize: 1,
    encode(value, writer) {
      if (typeof value !== 'boolean') throw expected('a boolean', value);
      writer.uint8(value ? 1 : 0);
    },
    decode(reader) {
      const byte = reader.uint8();
      if (byte > 1) throw decodeError('a bool is neither 0 nor 1');
      return byte === 1;
    },
  },
  int8: {
    minSize: 1,
    encode(value, writer) {
      writer.uint8(integer(value, -0x80, 0x7f) & 0xff);
    },
    decode: (reader) => (reader.uint8() << 24) >> 24,
  },
  int16: {
    minSize: 2,
    encode(value, writer) {
      two(integer(value, -0x8000, 0x7fff), writer);
    },
    decode(reader) {
      const at = reader.take(2);
      return (reader.bytes[at]! << 24 >> 16) | reader.bytes[at + 1]!;
    },
  },
  int32: {
    minSize: 4,
    encode(value, writer) {
      four(integer(value, -0x80000000, 0x7fffffff), writer);
    },
    decode: (reader) => reader.view.getInt32(reader.take(4)),
  },
  uint8: {
    minSize: 1,
    encode(value, writer) {
      writer.uint8(integer(value, 0, 0xff));
    },
    decode: (reader) => reader.uint8(),
  },
  uint16: {
    minSize: 2,
    encode(value, writer) {
      two(integer(value, 0, 0xffff), writer);
    },
    decode(reader) {
      const at = reader.take(2);
      return (reader.bytes[at]! << 8) | reader.bytes[at + 1]!;
    },
  },
  uint32: {
    minSize: 4,
    encode(value, writer) {
      four(integer(value, 0, 0xffffffff), writer);
    },
    decode: (reader) => reader.view.getUint32(reader.take(4)),
  },
  int64: big(64, true),
  int128: big(128, true),
  uint64: big(64, false),
  uint128: big(128, false),
  float32: {
    minSize: 4,
    encode(value, writer) {
      if (typeof value !== 'number' || (Number.isFinite(value) && Math.abs(value) > 3.4028234663852886e38)) {
        throw expected('a float32', value);
      }
      writer.reserve(4);
      writer.view.setFloat32(writer.at, value);
      writer.at += 4;
    },
    decode: (reader) => reader.view.getFloat32(reader.take(4)),
  },
  float64: {
    minSize: 8,
    encode(value, writer) {
      if (typeof value !== 'number') throw expected('a number', value);
      writer.reserve(8);
      writer.view.setFloat64(writer.at, value);
      writer.at += 8;
    },
    decode: (reader) => reader.view.getFloat64(reader.take(8)),
  },
  varuint: {
    minSize: 1,
    encode(value, writer) {
      writer.varuint(integer(value, 0, MAX_VARUINT));
    },
    decode: (reader) => reader.varuint(),
  },
  varint: {
    minSize: 1,
    encode(value, writer) {
      const number = integer(value, -0x40000000, 0x3fffffff);
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

function integer(value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= most) || Math.trunc(value) !== value) {
    throw expected(`an integer from ${least} to ${most}`, value);
  }
  return value;
}

function two(value: number, writer: Writer): void {
  writer.reserve(2);
  writer.bytes[writer.at++] = value >> 8;
  writer.bytes[writer.at++] = value;
}

function four(value: number, writer: Writer): void {
  writer.reserve(4);
  writer.view.setInt32(writer.at, value);
  writer.at += 4;
}

/** Integers of 64 or 128 bits; a number that holds its value exactly is as good as a bigint. */
function big(bits: 64 | 128, isSigned: boolean): Codec<any> {
  const size = bits / 8;
  const fit = isSigned ? BigInt.asIntN : BigInt.asUintN;
  return {
    minSize: size,
    encode(value, writer) {
      const number = Number.isSafeInteger(value) ? BigInt(value) : value;
      if (typeof number !== 'bigint' || fit(bits, number) !== number) {
        throw expected(`a bigint of ${bits} bits${isSigned ? '' : ', not negative'}`, value);
      }
      writer.reserve(size);
      for (let shift = bits - 64; shift >= 0; shift -= 64) {
        writer.view.setBigUint64(writer.at, BigInt.asUintN(64, number >> BigInt(shift)));
        writer.at += 8;
      }
    },
    decode(reader) {
      let number = reader.uint64();
      if (bits === 128) number = (number << 64n) | reader.uint64();
      return fit(bits, number);
    },
  };
}

function isSurrogate(scalar: number): boolean {
  return scalar >= 0xd800 && scalar <= 0xdfff;
}
