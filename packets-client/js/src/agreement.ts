import { PacketsError } from './error.js';
import type { Descriptor, Packets } from './packets.js';
import type { Reader } from './reader.js';

/** One packet of a server's manifest. */
export interface ManifestPacket {
  readonly name: string;
  readonly id: number;
  readonly fingerprint: bigint;
  readonly schema: string;
  readonly response: string;
  /** What follows: the defaults of fields, as the manifest has them. */
  readonly rest?: Uint8Array;
}

/** What an entry takes at least: its length, name, id, fingerprint and two schemas. */
const MIN_ENTRY = 13;

export function readManifest(reader: Reader): ManifestPacket[] {
  const packets: ManifestPacket[] = [];
  for (let count = reader.count(MIN_ENTRY); count > 0; count--) {
    const end = reader.varuint() + reader.at;
    packets.push({
      name: reader.string(),
      id: reader.varuint(),
      fingerprint: reader.uint64(),
      schema: reader.string(),
      response: reader.string(),
      rest: reader.part(end - reader.at),
    });
  }
  return packets;
}

/** How a packet's bytes become those of its receiver's schema, and those of its answer become those of its sender's. */
export interface Way {
  /** @throws {PacketsError} of kind `incompatible` if the receiver's schema cannot say the value. */
  body(bytes: Uint8Array): Uint8Array;
  answer(bytes: Uint8Array): Uint8Array;
}

/** The ways of a packet whose schemas differ, or why there is none. */
export type Adapter = (
  ours: Descriptor,
  theirs: ManifestPacket,
) => { readonly outgoing: Way | PacketsError; readonly incoming: Way | PacketsError };

/** A packet of both ends: its id on the wire, and its way if it is not the same to both. */
export interface Route {
  readonly id: number;
  readonly packet: Descriptor;
  readonly way?: Way | undefined;
}

/** What has an id on the wire, or why it cannot be read. */
export type Incoming = Route | PacketsError;

/**
 * What this end and the server can say to each other: for each packet its id on the wire, which is the server's, or
 * why it cannot travel.
 */
export class Agreement {
  readonly #outgoing = new Map<Descriptor, Route | PacketsError>();
  readonly #incoming = new Map<number, Incoming>();
  /** Whether all packets are the same to both ends. */
  readonly isIdentical: boolean;

  constructor(packets: Packets<any>, manifest?: readonly ManifestPacket[], adapt: Adapter = refuse) {
    this.isIdentical = !manifest;
    const theirs = new Map(manifest?.map((packet) => [packet.name, packet]));
    for (const packet of packets.list) {
      const other = manifest ? theirs.get(packet.name) : packet;
      if (!other) continue;
      const { id, fingerprint } = other;
      const ways = fingerprint === packet.fingerprint ? undefined : adapt(packet, other as ManifestPacket);
      const route = (way: Way | PacketsError | undefined) => (way instanceof PacketsError ? way : { id, packet, way });
      this.#outgoing.set(packet, route(ways?.outgoing));
      this.#incoming.set(id, route(ways?.incoming));
    }
  }

  /**
   * The way out of a packet.
   *
   * @throws {PacketsError} if it cannot travel.
   */
  outgoing(packet: Descriptor): Route {
    const route =
      this.#outgoing.get(packet) ?? new PacketsError('unknownToServer', `the server knows no packet ${packet.name}`);
    if (route instanceof PacketsError) throw route;
    return route;
  }

  incoming(id: number): Incoming {
    return this.#incoming.get(id) ?? new PacketsError('unknownPacket', `no packet has id ${id}`);
  }
}

/** Without an adapter, packets whose schemas differ do not travel. */
function refuse({ name }: Descriptor, { schema, response }: ManifestPacket): ReturnType<Adapter> {
  const text = `\`${name}\` is not what the other end has: ${schema} -> ${response}`;
  const error = new PacketsError('incompatible', text);
  return { outgoing: error, incoming: error };
}
