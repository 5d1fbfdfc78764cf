import type { Agreement } from './agreement.js';
import { decode, encode } from './codec.js';
import { PacketsError, decodeError, expected } from './error.js';
import { readReject, rejectParts } from './frame.js';
import type { Descriptor, Packets } from './packets.js';
import { Reader } from './reader.js';
import { joined, written } from './writer.js';

/** Bundles nest at most so deep. */
const MAX_LEVELS = 8;
/** A bundle holds at most so many packets, those of its bundles and these bundles themselves included. */
const MAX_PACKETS = 1024;
const TOO_MUCH = 'a bundle has at most 8 levels and 1,024 packets';

/** A packet as it is given: its name and its data. */
export type Given = readonly [name: string, data?: unknown];

/** The body of a packet, in which this end's own ids stand. */
export function encodeBody(packets: Packets<any>, packet: Given): Uint8Array<ArrayBuffer> {
  let left = MAX_PACKETS;
  const body = ([name, data]: Given, level: number): Uint8Array<ArrayBuffer> => {
    const packet = packets.get(name);
    if (name !== 'Bundle') return encode(packet.data, data, name);
    if (!Array.isArray(data)) throw expected('an array of packets', data);
    if (level > MAX_LEVELS || (left -= data.length) < 0) {
      throw new PacketsError('data', TOO_MUCH);
    }
    return writeItems(data.map((item: Given) => ({ id: packets.get(item[0]).id, body: body(item, level + 1) })));
  };
  return body(packet, 1);
}

/** An item of a bundle. */
interface Item {
  readonly id: number;
  readonly body: Uint8Array;
}

function writeItems(items: readonly Item[]): Uint8Array<ArrayBuffer> {
  return written((writer) =>
    writer.prefixed(() => {
      for (const { id, body } of items) {
        writer.reserve(6);
        writer.view.setUint32(writer.at, body.length, true);
        writer.view.setUint16(writer.at + 4, id, true);
        writer.at += 6;
        writer.put(body);
      }
    }),
  );
}

function readItems(body: Uint8Array): Item[] {
  const reader = new Reader(body);
  if (reader.varuint() !== reader.end - reader.at) throw decodeError('a bundle of another length');
  const items: Item[] = [];
  while (reader.at < reader.end) {
    const at = reader.take(6);
    items.push({ id: reader.view.getUint16(at + 4, true), body: reader.part(reader.view.getUint32(at, true)) });
  }
  return items;
}

/**
 * The body as the server reads it: of its ids, and of its schemas.
 *
 * @throws {PacketsError} if a packet in it cannot travel.
 */
export function translate(
  packet: Descriptor,
  body: Uint8Array,
  packets: Packets<any>,
  agreement: Agreement,
): Uint8Array {
  if (agreement.isIdentical) return body;
  if (packet.name !== 'Bundle') return agreement.outgoing(packet).way?.body(body) ?? body;
  return writeItems(
    readItems(body).map((item) => {
      const inner = packets.list[item.id - 1]!;
      return { id: agreement.outgoing(inner).id, body: translate(inner, item.body, packets, agreement) };
    }),
  );
}

/**
 * The items of a received bundle.
 *
 * @throws {PacketsError} of kind `decode` if it nests too deeply or holds too many packets: then none is accepted.
 */
export function receivedItems(body: Uint8Array, agreement: Agreement): Item[] {
  let left = MAX_PACKETS;
  const check = (items: readonly Item[], level: number) => {
    if (level > MAX_LEVELS || (left -= items.length) < 0) throw decodeError(TOO_MUCH);
    for (const { id, body } of items) {
      const route = agreement.incoming(id);
      if (!('packet' in route) || route.packet.name !== 'Bundle') continue;
      let inner: Item[] = [];
      try {
        inner = readItems(body);
      } catch {
        // One that is malformed will be refused by itself; it does not stop the others.
      }
      check(inner, level + 1);
    }
  };
  const items = readItems(body);
  check(items, 1);
  return items;
}

/** The body of a bundle's response: a result for each item. */
export function encodeResults(results: readonly PromiseSettledResult<Uint8Array>[]): Uint8Array {
  const parts = results.flatMap((result) => {
    const isReply = result.status === 'fulfilled';
    const body = isReply ? result.value : joined(rejectParts(result.reason as PacketsError));
    return [+!isReply, body.length, body];
  });
  return joined([results.length, ...parts]);
}

/** What reads the response to a packet. */
export type Answer = (body: Uint8Array, agreement: Agreement) => unknown;

export function answerOf(packets: Packets<any>, [name, data]: Given): Answer {
  const packet = packets.get(name);
  if (name !== 'Bundle') {
    return (body, agreement) => decode(packet.answer, agreement.outgoing(packet).way?.answer(body) ?? body);
  }
  const answers = (data as Given[]).map((item) => answerOf(packets, item));
  return (body, agreement) => {
    const reader = new Reader(body);
    if (reader.varuint() !== answers.length) throw decodeError('a bundle of another length');
    const results = answers.map((answer): PromiseSettledResult<unknown> => {
      const isReject = reader.flag();
      const body = reader.part(reader.varuint());
      try {
        if (isReject) throw readReject(new Reader(body));
        return { status: 'fulfilled', value: answer(body, agreement) };
      } catch (reason) {
        return { status: 'rejected', reason };
      }
    });
    reader.finish();
    return results;
  };
}
