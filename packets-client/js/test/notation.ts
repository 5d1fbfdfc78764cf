import { isUnit } from '../dist/compound.js';
import type { Type } from '../dist/type.js';

/** The value in JSON, so exactly that two of them can be compared; the Rust side writes the same. */
export function notation(type: Type, value: any, scope: ReadonlyMap<string, Type> = new Map()): unknown {
  const within = (type: Type, value: unknown) => notation(type, value, scope);
  switch (type.kind) {
    case 'bool':
      return value;
    case 'float32':
    case 'float64':
      return float(value);
    case 'char':
    case 'string':
      return `s:${value}`;
    case 'buffer':
      return `b:${hex(value)}`;
    case 'packed':
      return packed(value);
    case 'fixed':
      if (type.item.kind === 'uint8') return Array.from(value as Uint8Array, String);
      return value.map((item: unknown) => within(type.item, item));
    case 'array':
      return value.map((item: unknown) => within(type.item, item));
    case 'set':
      return Array.from(value, (item) => within(type.item, item));
    case 'option':
      // An option of an option is a list.
      if (Array.isArray(value) && type.item.kind === 'option') value = value[0];
      return value === undefined ? null : within(type.item, value);
    case 'map':
      if (type.key.kind === 'string') {
        return Object.fromEntries(Array.from(value as Map<any, any>, ([key, item]) => [key, within(type.value, item)]));
      }
      return Array.from(value as Map<any, any>, ([key, item]) => ({
        key: within(type.key, key),
        value: within(type.value, item),
      }));
    case 'object':
      return Object.fromEntries(type.fields.map(({ name, type }) => [name, within(type, value[name])]));
    case 'tuple':
      return type.items.map((item, index) => within(item, value[index]));
    case 'enum': {
      const name = typeof value === 'string' ? value : value.type;
      const content = type.variants.find((variant) => variant.name === name)!.type;
      return isUnit(content) ? `s:${name}` : { [name]: within(content, value.value) };
    }
    case 'definition':
      return notation(type.content, value, new Map([...scope, [type.name, type.content]]));
    case 'reference':
      return notation(scope.get(type.name)!, value, scope);
    default:
      return String(value);
  }
}

function packed(value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return `s:${value}`;
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value);
  if (typeof value === 'number') return float(value);
  if (Array.isArray(value)) return value.map(packed);
  return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, packed(item)]));
}

function float(value: number): string {
  if (Number.isNaN(value)) return 'f:nan';
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return `f:${hex(bytes)}`;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function unhex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

