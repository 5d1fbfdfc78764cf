import { codecOf, type Codec } from './codec.js';
import { isUnit, unit } from './compound.js';
import { PacketsError } from './error.js';
import type { PacketTypes } from './packet.js';
import { buffer, string } from './scalar.js';
import type { Type } from './type.js';

/** A packet's fingerprint, the type of its data, and that of its response. What is left out is nothing. */
export type Schemas = readonly [fingerprint: bigint, data?: Type, response?: Type];

/** What is known about a packet. */
export interface Descriptor {
  readonly name: string;
  /** Its number among this end's packets. */
  readonly id: number;
  readonly fingerprint: bigint;
  readonly types: readonly [data: Type, response: Type];
  readonly data: Codec<any>;
  readonly answer: Codec<any>;
}

/** The codec of a whole body. What carries nothing is `undefined`, not an object without fields. */
function content(type: Type): Codec<any> {
  return isUnit(type) ? { minSize: 0, encode() {}, decode() {} } : codecOf(type);
}

/** The packets that every program has. */
export const DEFAULTS: Readonly<Record<string, Schemas>> = {
  Bundle: [0x00b60e7343ab1999n, buffer, buffer],
  Redirect: [0x9acc8d87a778112dn, string],
  Refresh: [0xf608e05005a0ec28n],
};

/** The packets that this end knows: the program's, and the default ones. */
export class Packets<P = {}> {
  /** Never set: it carries the packets' types. */
  declare readonly types: P;
  /** In the order of their ids, from 1. */
  readonly list: readonly Descriptor[];
  readonly digest: bigint;
  readonly #byName: ReadonlyMap<string, Descriptor>;

  constructor(digest: bigint, schemas: Readonly<Record<string, Schemas>>) {
    const all = { ...DEFAULTS, ...schemas };
    // JavaScript's order of strings is the protocol's.
    this.list = Object.keys(all)
      .sort()
      .map((name, index): Descriptor => {
        const [fingerprint, data = unit, response = unit] = all[name]!;
        const codecs: Codec<any>[] = [];
        return {
          name,
          id: index + 1,
          fingerprint,
          types: [data, response],
          // When they are first needed: a page rarely needs all.
          get data() {
            return (codecs[0] ??= content(data));
          },
          get answer() {
            return (codecs[1] ??= content(response));
          },
        };
      });
    this.digest = digest;
    this.#byName = new Map(this.list.map((packet) => [packet.name, packet]));
  }

  /**
   * @throws {PacketsError} of kind `unregistered` if no packet has this name.
   */
  get(name: string): Descriptor {
    const packet = this.#byName.get(name);
    if (!packet) throw new PacketsError('unregistered', `no packet is named ${name}`);
    return packet;
  }
}

/** The packets of a program. The generated module calls it: `export const packets = definePackets<…>(…, {…})`. */
export function definePackets<P extends PacketTypes<P>>(
  digest: bigint,
  schemas: { readonly [N in keyof P]: Schemas },
): Packets<P> {
  return new Packets<P>(digest, schemas as Readonly<Record<string, Schemas>>);
}
