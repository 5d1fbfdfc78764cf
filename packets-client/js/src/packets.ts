import { codec, type Codec } from './codec.js';
import { PacketsError } from './error.js';
import { digest, fingerprint } from './fingerprint.js';
import type { PacketTypes } from './packet.js';

/**
 * A packet's schema as canonical text, its response's if it has one, and the defaults of the fields that are marked in
 * them, each as its bytes in hexadecimal digits, or `null` if it is not known.
 */
export type Schemas = readonly [schema: string, response?: string, defaults?: readonly (string | null)[]];

/** What is known about a packet. */
export class Descriptor {
  readonly schema: string;
  readonly response: string;
  readonly defaults: readonly (string | null)[];
  readonly fingerprint: bigint;
  #data: Codec | undefined;
  #response: Codec | undefined;

  constructor(
    readonly name: string,
    /** Its number among this end's packets. */
    readonly id: number,
    [schema, response = '{}', defaults = []]: Schemas,
  ) {
    this.schema = schema;
    this.response = response;
    this.defaults = defaults;
    this.fingerprint = fingerprint(schema, response);
  }

  /** Compiled when it is first needed: a page rarely needs all. */
  get data(): Codec {
    return (this.#data ??= content(this.schema));
  }

  get answer(): Codec {
    return (this.#response ??= content(this.response));
  }
}

/** The codec of a whole body. What carries nothing is `undefined`, not an object without fields. */
function content(schema: string): Codec {
  return schema === '{}' ? { minSize: 0, encode() {}, decode: () => undefined } : codec(schema);
}

const DEFAULTS: [string, Schemas][] = [
  ['Bundle', ['buffer', '[enum{reply:buffer,reject:buffer}]']],
  ['Redirect', ['string']],
  ['Refresh', ['{}']],
];

/** The packets that this end knows: the program's, and the default ones. */
export class Packets<P = {}> {
  /** Never set: it carries the packets' types. */
  declare readonly types: P;
  /** In the order of their ids, from 1. */
  readonly list: readonly Descriptor[];
  readonly digest: bigint;
  readonly #byName: ReadonlyMap<string, Descriptor>;

  constructor(schemas: Readonly<Record<string, Schemas>>) {
    const all = new Map([...Object.entries(schemas), ...DEFAULTS]);
    // JavaScript's order of strings is the protocol's.
    const names = [...all.keys()].sort((a, b) => (a < b ? -1 : 1));
    this.list = names.map((name, index) => new Descriptor(name, index + 1, all.get(name)!));
    this.digest = digest(this.list);
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

/** The packets of a program. The generated module calls it: `export const packets = definePackets<…>({…})`. */
export function definePackets<P extends PacketTypes<P>>(schemas: { readonly [N in keyof P]: Schemas }): Packets<P> {
  return new Packets<P>(schemas as Readonly<Record<string, Schemas>>);
}
