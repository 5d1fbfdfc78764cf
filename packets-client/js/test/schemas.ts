import { textOf } from '../dist/schema.js';
import type { Type } from '../dist/type.js';

type Next = (limit: number) => number;

const WORDS = 'bool int8 int16 int32 int64 int128 uint8 uint16 uint32 uint64 uint128 float32 float64 varuint varint char string buffer';
const INTEGERS = WORDS.split(' ').filter((word) => word.includes('int'));

const pick = <T>(items: readonly T[], next: Next): T => items[next(items.length)]!;

/** A random schema. */
export function schemaOf(next: Next, depth = 0): string {
  const of = () => schemaOf(next, depth + 1);
  const some = (most: number) => Array.from({ length: next(most) }, of);
  if (depth > 3 || next(3) === 0) return pick(WORDS.split(' '), next);
  switch (next(depth === 0 ? 9 : 8)) {
    case 0:
      return `[${of()}]`;
    case 1:
      return `[${of()};${next(4)}]`;
    case 2:
      return `${of()}?`;
    case 3:
      return `set<${of()}>`;
    case 4:
      return `map<${of()},${of()}>`;
    case 5:
      return `(${[of(), ...some(3)]})`;
    case 6:
      return enumeration(['A', 'B', 'C', 'D'].filter(() => next(3) > 0).map((name) => [name, next(2) ? of() : '{}']));
    case 7:
      return object(['a', 'b', 'c', 'd'].filter(() => next(3) > 0).map((name) => [name, of()]));
    default:
      return `@Tree<{children:[@Tree],value:${of()}}>`;
  }
}

function object(fields: [name: string, schema: string][]): string {
  return `{${fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, schema]) => `${name}:${schema}`)}}`;
}

function enumeration(variants: [name: string, schema: string][]): string {
  const all = variants.length > 0 ? variants : [['Only', '{}']];
  return `enum{${all.map(([name, schema]) => (schema === '{}' ? name : `${name}:${schema}`))}}`;
}

/** The schema of another build: the same after some changes. */
export function changed(type: Type, next: Next): string {
  const of = (type: Type) => changed(type, next);
  if (next(16) === 0) return `${of(type)}?`;
  if (type.kind === 'option' && next(8) === 0) return of(type.item);
  if (INTEGERS.includes(type.kind) && next(3) === 0) return pick(INTEGERS, next);
  if (type.kind === 'float32' && next(2) === 0) return 'float64';
  switch (type.kind) {
    case 'array':
      return `[${of(type.item)}]`;
    case 'fixed':
      return `[${of(type.item)};${type.count}]`;
    case 'option':
      return `${of(type.item)}?`;
    case 'set':
      return `set<${of(type.item)}>`;
    case 'map':
      return `map<${of(type.key)},${of(type.value)}>`;
    case 'tuple':
      return `(${type.items.map(of)})`;
    case 'enum': {
      const variants = type.variants.filter(() => next(12) > 0).map(({ name, type }): [string, string] => [name, of(type)]);
      if (next(4) === 0) variants.splice(next(variants.length + 1), 0, ['New', '{}']);
      if (next(4) === 0) variants.reverse();
      return enumeration(variants);
    }
    case 'object': {
      const fields = type.fields.filter(() => next(8) > 0).map(({ name, type }): [string, string] => [name, of(type)]);
      if (next(3) === 0) fields.push([pick(['Z', 'bb', 'z'], next), pick(['string?', '{}', '[{};2]', 'bool??', 'uint8'], next)]);
      return object(fields);
    }
    case 'definition':
      return `@Renamed<${of(type.content)}>`;
    case 'reference':
      return '@Renamed';
    default:
      return textOf(type);
  }
}
