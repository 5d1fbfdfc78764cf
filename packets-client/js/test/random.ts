import { isUnit } from '../dist/compound.js';
import { textOf } from '../dist/schema.js';
import type { Type } from '../dist/type.js';

/** Random numbers from 0 to below `limit`, the same ones for the same seed (mulberry32). */
export function random(seed: number): (limit: number) => number {
  return (limit) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 0x100000000) * limit);
  };
}

const CHARACTERS = ['a', 'Z', '0', ' ', '\0', 'é', 'ß', '語', '\ufeff', '\uffff', '😀', '𐀀'];

/** A random value of a type. */
export function valueOf(type: Type, next: (limit: number) => number, scope = new Map<string, Type>(), depth = 0): any {
  const of = (type: Type) => valueOf(type, next, scope, depth + 1);
  const some = <T>(make: () => T, most = 4): T[] => Array.from({ length: next(depth > 6 ? 1 : most) }, make);
  const bits = (count: number) => {
    let number = 0n;
    for (let i = 0; i < count; i += 16) number = (number << 16n) | BigInt(next(0x10000));
    // Small ones too.
    return number >> BigInt(next(2) * next(count));
  };
  const text = () => some(() => CHARACTERS[next(CHARACTERS.length)]!, 24).join('');
  const integer = /^(u?)int(\d+)$/.exec(type.kind);
  if (integer) {
    const count = Number(integer[2]);
    const number = integer[1] ? BigInt.asUintN(count, bits(count)) : BigInt.asIntN(count, bits(count));
    return count > 32 ? number : Number(number);
  }
  switch (type.kind) {
    case 'bool':
      return next(2) === 1;
    case 'float32':
      return Math.fround([0, -0, NaN, Infinity, -Infinity, 1.5, next(1e9) / 7][next(7)]!);
    case 'float64':
      return [0, -0, NaN, Infinity, -Infinity, 1.5, next(1e9) / 7, 5e-324, 1.7976931348623157e308][next(9)]!;
    case 'varuint':
      return Number(bits(32) & 0x7fffffffn);
    case 'varint':
      return Number(BigInt.asIntN(31, bits(32)));
    case 'char':
      return CHARACTERS[next(CHARACTERS.length)]!;
    case 'string':
      return text();
    case 'buffer':
      return Uint8Array.from(some(() => next(256), next(8) ? 20 : 200));
    case 'packed':
      return packed(next, text, depth);
    case 'array':
      return type.item.kind === 'packed' ? some(() => some(text)) : some(() => of(type.item));
    case 'fixed':
      if (type.item.kind === 'uint8') return Uint8Array.from({ length: type.count }, () => next(256));
      return Array.from({ length: type.count }, () => of(type.item));
    case 'option':
      if (type.item.kind === 'option') return next(2) ? [] : [of(type.item)];
      return next(2) || depth > 8 ? undefined : of(type.item);
    case 'set':
      return new Set(some(() => of(type.item)));
    case 'map': {
      // Keys that are objects are told apart by what they hold.
      const entries = some(() => [of(type.key), of(type.value)] as const);
      return new Map(new Map(entries.map((entry) => [JSON.stringify(entry[0], shown), entry])).values());
    }
    case 'object':
      if (type.fields.some(({ name }) => name === 'nanos')) return time(type, next, bits);
      return Object.fromEntries(type.fields.map(({ name, type }) => [name, of(type)]));
    case 'tuple':
      return type.items.map(of);
    case 'enum': {
      const { name, type: content } = type.variants[next(type.variants.length)]!;
      if (type.variants.every(({ type }) => isUnit(type))) return name;
      return isUnit(content) ? { type: name } : { type: name, value: of(content) };
    }
    case 'definition':
      return valueOf(type.content, next, new Map([...scope, [type.name, type.content]]), depth + 1);
    case 'reference':
      return valueOf(scope.get(type.name)!, next, scope, depth + 1);
    default:
      throw new Error(`no values of ${textOf(type)}`);
  }
}

const shown = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

/** A point in time has to be one to the platform that reads it. */
function time(type: Type, next: (limit: number) => number, bits: (count: number) => bigint): object {
  const isLength = textOf(type).includes('uint64');
  return { nanos: next(1e9), secs: isLength ? bits(64) : BigInt.asIntN(34, bits(48)) };
}

function packed(next: (limit: number) => number, text: () => string, depth: number): unknown {
  const inner = () => packed(next, text, depth + 1);
  switch (next(depth > 4 ? 6 : 8)) {
    case 0:
      return null;
    case 1:
      return next(2) === 1;
    case 2:
      return next(0x10000) - 0x8000;
    case 3:
      return next(0x100000000) * (next(2) ? 0x100000 : -0x100000);
    case 4:
      return next(1e9) / 8 + 0.0625;
    case 5:
      return text();
    case 6:
      return Array.from({ length: next(next(4) ? 4 : 20) }, inner);
    default:
      return Object.fromEntries(Array.from({ length: next(next(4) ? 4 : 20) }, (_, i) => [`k${i}`, inner()]));
  }
}
