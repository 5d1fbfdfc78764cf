import type { Agreement } from './agreement.js';
import { decode, encode, type Codec } from './codec.js';
import { PacketsError, decodeError } from './error.js';
import { readReject, writeReject } from './frame.js';
import type { Descriptor, Packets } from './packets.js';
import { Reader } from './reader.js';
import { written } from './writer.js';

/** Bundles nest at most so deep. */
const MAX_LEVELS = 8;
/** A bundle holds at most so many packets, those of its bundles and these bundles themselves included. */
const MAX_PACKETS = 1024;

/** A packet as it is given: its name and its data. */
export type Given = readonly [name: string, data?: unknown];

/** The body of a packet, in which this end's own ids stand. */
export function encodeBody(packets: Packets<any>, [name, data]: Given): Uint8Array<ArrayBuffer> {
  return encodeWithin(packets, [name, data], 1, { left: MAX_PACKETS });
}

function encodeWithin(
  packets: Packets<any>,
  [name, data]: Given,
  level: number,
  budget: { left: number },
): Uint8Array<ArrayBuffer> {
  const packet = packets.get(name);
  if (name !== 'Bundle') return encode(packet.data, data, name);
  if (!Array.isArray(data)) throw new PacketsError('data', 'Bundle: expected an array of packets');
  if (level > MAX_LEVELS || (budget.left -= data.length) < 0) {
    throw new PacketsError('data', 'a bundle has at most 8 levels and 1,024 packets');
  }
  return writeItems(
    (data as Given[]).map((item) => ({
      id: packets.get(item[0]).id,
      body: encodeWithin(packets, item, level + 1, budget),
    })),
  );
}

/** An item of a bundle. */
interface Item {
  readonly id: number;
  readonly body: Uint8Array;
}

function writeItems(items: readonly Item[]): Uint8Array<ArrayBuffer> {
  return written((writer) => {
    writer.varuint(items.reduce((size, item) => size + 6 + item.body.length, 0));
    for (const { id, body } of items) {
      writer.reserve(6);
      writer.view.setUint32(writer.at, body.length, true);
      writer.view.setUint16(writer.at + 4, id, true);
      writer.at += 6;
      writer.put(body);
    }
  });
}

function readItems(body: Uint8Array): Item[] {
  const outer = new Reader(body);
  const length = outer.varuint();
  if (length !== outer.end - outer.at) throw decodeError('a bundle has another length');
  const items: Item[] = [];
  while (outer.at < outer.end) {
    const length = outer.view.getUint32(outer.take(4), true);
    items.push({ id: outer.view.getUint16(outer.take(2), true), body: outer.part(length) });
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
  const items = readItems(body);
  const budget = { left: MAX_PACKETS };
  const check = (items: readonly Item[], level: number) => {
    if (level > MAX_LEVELS) throw decodeError('bundles nest too deeply');
    if ((budget.left -= items.length) < 0) throw decodeError('there are too many packets in a bundle');
    for (const item of items) {
      const route = agreement.incoming(item.id);
      if ('packet' in route && route.packet.name === 'Bundle') check(inner(item.body), level + 1);
    }
  };
  check(items, 1);
  return items;
}

/** One that is malformed will be refused by itself; it does not stop the others. */
function inner(body: Uint8Array): Item[] {
  try {
    return readItems(body);
  } catch {
    return [];
  }
}

type Result = { type: 'reply' | 'reject'; value: Uint8Array };

/** The body of a bundle's response: a result for each item. */
export function encodeResults(bundle: Descriptor, results: readonly PromiseSettledResult<Uint8Array>[]): Uint8Array {
  const encoded = results.map((result): Result =>
    result.status === 'fulfilled'
      ? { type: 'reply', value: result.value }
      : { type: 'reject', value: written((writer) => writeReject(result.reason as PacketsError, writer)) },
  );
  return encode(bundle.answer, encoded);
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
    const results = decode(packet.answer as Codec<Result[]>, body);
    if (results.length !== answers.length) throw decodeError('a bundle has another number of results');
    return results.map((result, index) => settled(result, (body) => answers[index]!(body, agreement)));
  };
}

function settled({ type, value }: Result, answer: (body: Uint8Array) => unknown): PromiseSettledResult<unknown> {
  try {
    if (type === 'reply') return { status: 'fulfilled', value: answer(value) };
    const reader = new Reader(value);
    const reason = readReject(reader);
    reader.finish();
    return { status: 'rejected', reason };
  } catch (reason) {
    return { status: 'rejected', reason };
  }
}
