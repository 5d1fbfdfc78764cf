import type { Codec } from './codec.js';
import { PacketsError, decodeError, expected } from './error.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** A `Set`, whose items travel in the order of their bytes. */
export function set(item: Codec<any>): Codec<Set<any>> {
  return {
    minSize: 1,
    encode(value, writer) {
      if (!(value instanceof Set)) throw expected('a Set', value);
      sorted(writer, value, value.size, (content) => {
        item.encode(content, writer);
        return writer.at;
      });
    },
    decode(reader) {
      const ascending = new Ascending(reader);
      const items = new Set();
      for (let count = reader.count(item.minSize); count > 0; count--) items.add(ascending.next(item));
      return items;
    },
    parts: (value) => (value instanceof Set ? Array.from(value, (content) => ['[]', item, content]) : []),
  };
}

/** A `Map`, whose entries travel in the order of their keys' bytes. */
export function map(key: Codec<any>, value: Codec<any>): Codec<Map<any, any>> {
  return {
    minSize: 1,
    encode(map, writer) {
      if (!(map instanceof Map)) throw expected('a Map', map);
      sorted(writer, map, map.size, ([name, content]) => {
        key.encode(name, writer);
        const end = writer.at;
        value.encode(content, writer);
        return end;
      });
    },
    decode(reader) {
      const ascending = new Ascending(reader);
      const entries = new Map();
      for (let count = reader.count(key.minSize + value.minSize); count > 0; count--) {
        const name = ascending.next(key);
        entries.set(name, value.decode(reader));
      }
      return entries;
    },
    parts: (map) =>
      map instanceof Map
        ? Array.from(map).flatMap(([name, content]) => [
            ['', key, name],
            [`[${String(name)}]`, value, content],
          ])
        : [],
  };
}

/** Writes the items in the order of their bytes, of which `write` says where the ones that count end. */
function sorted<T>(writer: Writer, items: Iterable<T>, count: number, write: (item: T) => number): void {
  writer.varuint(count);
  const start = writer.at;
  const places: { at: number; key: number; end: number }[] = [];
  for (const item of items) {
    const at = writer.at;
    const key = write(item);
    places.push({ at, key, end: writer.at });
  }
  const bytes = writer.finish(start);
  places.sort((a, b) => compare(writer.bytes, a.at, a.key, b.at, b.key));
  let last: (typeof places)[number] | undefined;
  for (const place of places) {
    if (last && compare(bytes, last.at - start, last.key - start, place.at - start, place.key - start) === 0) {
      throw new PacketsError('data', 'two items or keys are the same');
    }
    last = place;
  }
  writer.at = start;
  for (const place of places) writer.put(bytes.subarray(place.at - start, place.end - start));
}

/** Reads items whose bytes must ascend. */
class Ascending {
  #at = -1;
  #end = -1;

  constructor(readonly reader: Reader) {}

  next<T>(item: Codec<T>): T {
    const { reader } = this;
    const start = reader.at;
    const value = item.decode(reader);
    if (this.#at >= 0 && compare(reader.bytes, this.#at, this.#end, start, reader.at) >= 0) {
      throw decodeError('items or keys do not ascend');
    }
    this.#at = start;
    this.#end = reader.at;
    return value;
  }
}

/** The order of two parts of the same bytes. */
function compare(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  for (; a < aEnd && b < bEnd; a++, b++) {
    if (bytes[a] !== bytes[b]) return bytes[a]! - bytes[b]!;
  }
  return aEnd - a - (bEnd - b);
}
