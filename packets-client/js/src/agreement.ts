import { PacketsError } from './error.js';
import type { Descriptor, Packets } from './packets.js';
import type { Reader } from './reader.js';
import { parse, type Named, type Type } from './type.js';

/** One packet of a server's manifest. */
export interface ManifestPacket {
  readonly name: string;
  readonly id: number;
  readonly fingerprint: bigint;
  readonly schema: string;
  readonly response: string;
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
    });
    // What follows in an entry is of a later version.
    reader.take(end - reader.at);
  }
  return packets;
}

/** A packet of this end for an id on the wire, or why it cannot be read. */
export type Incoming = Descriptor | PacketsError;

/**
 * What this end and the server can say to each other: for each packet its id on the wire, which is the server's, or
 * why it cannot travel.
 */
export class Agreement {
  readonly #packets: Packets<any>;
  readonly #outgoing = new Map<Descriptor, number | PacketsError>();
  readonly #incoming = new Map<number, Incoming>();
  readonly #isIdentical: boolean;

  constructor(packets: Packets<any>, manifest?: readonly ManifestPacket[]) {
    this.#packets = packets;
    this.#isIdentical = manifest === undefined;
    const theirs = new Map(manifest?.map((packet) => [packet.name, packet]));
    for (const packet of manifest ? packets.list : []) {
      const other = theirs.get(packet.name);
      if (!other) {
        this.#outgoing.set(packet, new PacketsError('unknownToServer', `the server knows no packet ${packet.name}`));
      } else if (other.fingerprint === packet.fingerprint) {
        this.#outgoing.set(packet, other.id);
        this.#incoming.set(other.id, packet);
      } else {
        const [path, here, there] = difference(packet, other);
        const between = (ours: string, theirs: string) =>
          new PacketsError('incompatible', `\`${path}\` is ${ours} here and ${theirs} on the other end`);
        this.#outgoing.set(packet, between(here, there));
        this.#incoming.set(other.id, between(there, here));
      }
    }
  }

  /**
   * The packet's id on the wire.
   *
   * @throws {PacketsError} if the packet cannot travel.
   */
  outgoing(packet: Descriptor): number {
    const id = this.#isIdentical ? packet.id : this.#outgoing.get(packet);
    if (typeof id === 'number') return id;
    throw id ?? new PacketsError('unregistered', `no packet is named ${packet.name}`);
  }

  incoming(id: number): Incoming {
    const packet = this.#isIdentical ? this.#packets.list[id - 1] : this.#incoming.get(id);
    return packet ?? new PacketsError('unknownPacket', `no packet has id ${id}`);
  }

  /** Whether the ids on the wire are this end's own. */
  get isIdentical(): boolean {
    return this.#isIdentical;
  }
}

/** The first place where our packet and theirs differ, with both types there. */
type Difference = [path: string, ours: string, theirs: string];

function difference(ours: Descriptor, theirs: ManifestPacket): Difference {
  try {
    return (
      between(ours.name, parse(ours.schema), parse(theirs.schema)) ??
      between(`${ours.name} ->`, parse(ours.response), parse(theirs.response)) ??
      unreadable(ours)
    );
  } catch {
    return unreadable(ours);
  }
}

function unreadable(ours: Descriptor): Difference {
  return [ours.name, ours.schema, 'a type this version does not know'];
}

function between(path: string, ours: Type, theirs: Type): Difference | undefined {
  if (ours.text === theirs.text) return undefined;
  return inside(path, ours, theirs) ?? [path, ours.text, theirs.text];
}

function inside(path: string, ours: Type, theirs: Type): Difference | undefined {
  if (ours.kind === 'object' && theirs.kind === 'object') return fields(path, ours.fields, theirs.fields);
  if (ours.kind === 'array' && theirs.kind === 'array') return between(`${path}[]`, ours.item, theirs.item);
  if (ours.kind === 'option' && theirs.kind === 'option') return between(path, ours.item, theirs.item);
  if (ours.kind === 'definition' && theirs.kind === 'definition' && ours.name === theirs.name) {
    return between(path, ours.content, theirs.content);
  }
  return undefined;
}

function fields(path: string, ours: readonly Named[], theirs: readonly Named[]): Difference | undefined {
  const at = (name: string) => `${path}${path.endsWith('->') ? ' ' : '.'}${name}`;
  for (const { name, type } of ours) {
    const other = theirs.find((field) => field.name === name);
    const found = other ? between(at(name), type, other.type) : ([at(name), type.text, 'not there'] as Difference);
    if (found) return found;
  }
  const extra = theirs.find(({ name }) => ours.every((field) => field.name !== name));
  return extra && [at(extra.name), 'not there', extra.type.text];
}
