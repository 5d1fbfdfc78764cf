import type { Codec } from './codec.js';
import { PacketsError, decodeError, expected, within } from './error.js';
import { written, type Writer } from './writer.js';

/** The bytes of what items are known by, and those of what else they have. */
type Parts = [key: Uint8Array, value?: Uint8Array | undefined][];

/** A `Set` or `Map`, whose items travel in the order of the bytes of what they are known by. A set's have no `value`. */
export function sorted(kind: typeof Set | typeof Map, key: Codec<any>, value?: Codec<any>): Codec<any> {
  const minSize = key.minSize + (value?.minSize ?? 0);
  return {
    minSize: 1,
    encode(items, writer) {
      if (!(items instanceof kind)) throw expected(`a ${kind.name}`, items);
      const parts: Parts = [];
      for (const [name, content] of items.entries()) {
        try {
          parts.push([
            written((writer) => key.encode(name, writer)),
            value && written((writer) => value.encode(content, writer)),
          ]);
        } catch (error) {
          throw within(`[${String(name)}]`, error);
        }
      }
      writer.varuint(parts.length);
      putSorted(parts, writer);
    },
    decode(reader) {
      const items: any = new (kind as typeof Map)();
      let last: Uint8Array | undefined;
      for (let count = reader.count(minSize); count > 0; count--) {
        const start = reader.at;
        const name = key.decode(reader);
        last = ascending(last, reader.bytes.subarray(start, reader.at));
        if (value) items.set(name, value.decode(reader));
        else items.add(name);
      }
      return items;
    },
  };
}

/** The bytes, which are behind those before them. */
export function ascending(last: Uint8Array | undefined, bytes: Uint8Array): Uint8Array {
  if (last && compare(last, bytes) >= 0) throw decodeError('items or keys that do not ascend');
  return bytes;
}

/** Appends items in the order of their keys' bytes. */
export function putSorted(parts: Parts, writer: Writer): void {
  parts.sort(([a], [b]) => compare(a, b));
  parts.forEach(([key, value], i) => {
    if (i && compare(parts[i - 1]![0], key) === 0) throw new PacketsError('data', 'two items or keys are the same');
    writer.put(key);
    if (value) writer.put(value);
  });
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const place = a.findIndex((byte, index) => byte !== b[index]);
  // The end of one counts as less than any byte.
  return place < 0 ? a.length - b.length : a[place]! - (b[place] ?? -1);
}
