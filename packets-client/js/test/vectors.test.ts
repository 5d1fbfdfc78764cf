// The golden vectors: bytes that the packages schemapack and msgpack-lite of npm made, both ways. And what schemapack
// itself makes of the same values. All of it with codecs of generated code, and with those made of closures.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Agreement } from '../dist/agreement.js';
import { encodeBody, receivedItems, type Given } from '../dist/bundle.js';
import { decode, encode } from '../dist/codec.js';
import { isUnit } from '../dist/compound.js';
import { PacketsError } from '../dist/error.js';
import { allowGeneratedCode } from '../dist/generated.js';
import { Extension, pack, unpack } from '../dist/message_pack.js';
import type { Packets } from '../dist/packets.js';
import { Reader } from '../dist/reader.js';
import { codec, parsePackets } from '../dist/schema.js';
import { written } from '../dist/writer.js';
import { hex, unhex } from './notation.js';
import { ROOT } from './project.js';

const schemapack = createRequire(import.meta.url)('schemapack');
const FOLDER = `${ROOT}tests/vectors/`;
const LIMITS = { depth: 512, elements: 1_000_000 };

type Entry = Record<string, any>;
type Judge = (entry: Entry, file: Entry) => void;

/** SchemaPack's schema as text, with one field packed if there is one. */
function textOf(schema: any, packed?: string): string {
  if (typeof schema === 'string') return schema.trim().toLowerCase().replace(/^boolean$/, 'bool');
  if (Array.isArray(schema)) return `[${schema.map((item) => textOf(item)).join(',')}]`;
  const names = Object.keys(schema).sort((a, b) => (a < b ? -1 : 1));
  const name = (name: string) => (/^(\w|[^\x00-\x7f])+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`);
  return `{${names.map((key) => `${name(key)}:${key === packed ? 'packed' : textOf(schema[key])}`).join(',')}}`;
}

/** The value that an entry writes in JSON. */
function value(json: any): any {
  if (Array.isArray(json)) return json.map(value);
  if (typeof json !== 'object' || json === null) return json;
  if ('$buf' in json) return unhex(json.$buf);
  if ('$num' in json) return Number(json.$num);
  if ('$undefined' in json) return undefined;
  if ('$date' in json) return new Date(json.$date);
  if ('$typed' in json) return new Extension(CLASSES.indexOf(json.$typed) + 0x11, unhex(json.hex));
  if ('$ext' in json) return new Extension(json.$ext, unhex(json.hex));
  if ('$utf16' in json) return String.fromCharCode(...json.$utf16);
  if ('$nest' in json) {
    let inner = value(json.inner);
    for (let depth = json.$nest; depth > 0; depth--) inner = [inner];
    return inner;
  }
  const object = {};
  for (const [key, member] of Object.entries(json)) {
    Object.defineProperty(object, key, { value: value(member), enumerable: true, writable: true, configurable: true });
  }
  return object;
}

/** In the order of msgpack-lite's extension types. */
const CLASSES =
  'Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array Uint8ClampedArray ArrayBuffer - - DataView'.split(
    ' ',
  );

/** Both ways, in the obvious order. */
function schema(entry: Entry): void {
  const ours = codec(textOf(entry['schema']));
  const given = value(entry['value']);
  // In SchemaPack's order `decoded` shows the data that it loses; in the obvious one none are lost.
  if (entry['portable'] === false && !entry['naive_hex']) return;
  const wire: string = entry['naive_hex'] ?? entry['hex'];
  const expected = 'decoded' in entry && !entry['naive_hex'] ? value(entry['decoded']) : given;
  assert.equal(hex(encode(ours, given)), wire);
  assert.deepEqual(decode(ours, unhex(wire), LIMITS), keep(entry['schema'], expected));
  for (let length = 0; length < wire.length / 2; length += 1 + Math.floor(wire.length / 1024)) {
    assert.throws(() => decode(ours, unhex(wire.slice(0, length * 2)), LIMITS), PacketsError);
  }
  if (entry['portable'] === false || !isPeers(given)) return;
  // schemapack changes the schema that it is given.
  const theirs = schemapack.build(structuredClone(entry['schema']));
  assert.equal(hex(theirs.encode(peers(given))), wire);
}

/** What of a value its schema has. */
function keep(schema: any, value: any): any {
  if (typeof schema !== 'object' || typeof value !== 'object' || value instanceof Uint8Array) return value;
  if (Array.isArray(schema)) {
    return value.map((item: unknown, index: number) => keep(schema[Math.min(index, schema.length - 1)], item));
  }
  const object = {};
  for (const key of Object.keys(schema)) {
    const member = { value: keep(schema[key], value[key]), enumerable: true, writable: true, configurable: true };
    Object.defineProperty(object, key, member);
  }
  return object;
}

/** schemapack refuses infinities. */
function isPeers(given: any): boolean {
  if (typeof given === 'number') return Number.isFinite(given) || Number.isNaN(given);
  return typeof given !== 'object' || given === null || Object.values(given).every(isPeers);
}

/** schemapack takes Node's buffers alone. */
function peers(given: any): any {
  if (given instanceof Uint8Array) return Buffer.from(given);
  if (Array.isArray(given)) return given.map(peers);
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, peers(item)]));
}

/** What SchemaPack refuses is refused; what it coerces is refused or encoded like that. */
function encodeError(entry: Entry): void {
  let encoded;
  try {
    encoded = hex(encode(codec(textOf(entry['schema'])), value(entry['value'])));
  } catch (error) {
    assert(error instanceof PacketsError, String(error));
    return;
  }
  if (entry['schemapack'] === 'encodes') return assert.equal(encoded, entry['hex']);
  assert(Math.abs(value(entry['value'])) === Infinity, `was to be refused, but became ${encoded}`);
}

/** Malformed bytes are refused; where that is a question of policy it is enough to come back. */
function refused(entry: Entry, read: (wire: Uint8Array) => unknown): void {
  const { severity } = entry as { severity: string };
  assert(['must', 'canonical', 'policy'].includes(severity), severity);
  try {
    const found = read(unhex(entry['hex']));
    assert(severity === 'policy', `was to be refused, but became ${String(found)}`);
  } catch (error) {
    assert(error instanceof PacketsError, String(error));
  }
}

function messagePack(entry: Entry): void {
  const read = (wire: Uint8Array) => {
    const reader = new Reader(wire, LIMITS);
    const value = unpack(reader);
    reader.finish();
    return value;
  };
  const given = value(entry['value']);
  const decoded = 'decoded' in entry ? value(entry['decoded']) : given;
  assert.deepEqual(read(unhex(entry['hex'])), nil(decoded));
  const packed = written((writer) => pack(given, writer, LIMITS.depth));
  if (packsAlike(given)) assert.equal(hex(packed), entry['hex']);
  else assert.deepEqual(read(packed), nil(given));
}

/** MessagePack has no `undefined`. */
function nil(value: any): any {
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (value instanceof Date || value instanceof Extension) return value;
  if (Array.isArray(value)) return value.map(nil);
  const object = {};
  for (const [key, member] of Object.entries(value)) {
    Object.defineProperty(object, key, { value: nil(member), enumerable: true, writable: true, configurable: true });
  }
  return object;
}

/** msgpack-lite has floats for integers beyond 32 bits, an integer for -0, and a longer form for 255 bytes. */
function packsAlike(value: any): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || ((value | 0) === value && !Object.is(value, -0));
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof Uint8Array) return value.length !== 255;
  if (value instanceof Extension) return value.bytes.length !== 255;
  if (value instanceof Date) return packsAlike(value.getTime());
  return Object.values(value).every(packsAlike);
}

const DEFAULTS = ['Bundle', 'Redirect', 'Refresh'];

function registry(file: Entry, entry: Entry): Packets {
  const packets = Object.entries<any>(file['registries'][entry['registry']]);
  const own = packets.filter(([name]) => !DEFAULTS.includes(name));
  const schemas = own.map(([name, { schema, packer }]) => {
    const packed = typeof packer === 'string' ? packer : undefined;
    return [name, [packer === true ? 'packed' : textOf(schema, packed)]] as const;
  });
  return parsePackets(Object.fromEntries(schemas));
}

/** A packet as it is given to `send`: bundles of bundles as they are written. */
function packetOf([name, data]: any): Given {
  if (name !== 'Bundle') return [name, value(data)];
  if (!('$nestBundle' in data)) return [name, data.map(packetOf)];
  let bundle: Given = [name, data.inner.map(packetOf)];
  for (let depth = data.$nestBundle; depth > 0; depth--) bundle = [name, [bundle]];
  return bundle;
}

/** The same, out of its bytes. */
function decodePacket(packets: Packets, name: string, body: Uint8Array): Given {
  if (name !== 'Bundle') return [name, decode(packets.get(name).data, body, LIMITS)];
  const agreement = new Agreement(packets);
  const items = receivedItems(body, agreement).map((item) => {
    const route = agreement.incoming(item.id);
    if (route instanceof PacketsError) throw route;
    return decodePacket(packets, route.packet.name, item.body);
  });
  return [name, items];
}

function packet(entry: Entry, file: Entry): void {
  const packets = registry(file, entry);
  const [name] = entry['packet'];
  const { $nestBundle: levels = 0 } = Object(entry['packet'][1]);
  // Deeper than bundles may nest: the bytes are right, and refused.
  if (levels >= 8) return assert.throws(() => decodePacket(packets, name, unhex(entry['hex'])), PacketsError);
  const given = packetOf(entry['packet']);
  assert.equal(packets.get(name).id, entry['id']);
  const read = (wire: Uint8Array) => nil(decodePacket(packets, name, wire));
  const expected = nil('decoded' in entry ? [name, value(entry['decoded'])] : given);
  assert.deepEqual(read(unhex(entry['hex'])), dataless(packets, expected));
  const encoded = encodeBody(packets, given);
  if (packsAlike(given)) assert.equal(hex(encoded), entry['hex']);
  else assert.deepEqual(read(encoded), dataless(packets, expected));
}

/** What carries nothing comes back as `undefined`, which is compared as null. */
function dataless(packets: Packets, [name, data]: any): any {
  if (name === 'Bundle') return [name, data.map((packet: any) => dataless(packets, packet))];
  return [name, isUnit(packets.get(name).types[0]) ? null : data];
}

function gather(entry: Entry): void {
  const own = entry['names'].filter((name: string) => !DEFAULTS.includes(name));
  const packets = parsePackets(Object.fromEntries(own.map((name: string) => [name, ['{}'] as const])));
  const names = packets.list.map(({ name }) => name).filter((name) => entry['names'].includes(name));
  assert.deepEqual(Object.fromEntries(names.map((name, index) => [name, index + 1])), entry['ids']);
}

const JUDGES: Record<string, Judge | undefined> = {
  'encode-errors': encodeError,
  malformed: (entry) => {
    let ours: ReturnType<typeof codec>;
    refused(entry, (wire) => decode((ours ??= codec(textOf(entry['schema']))), wire, LIMITS));
  },
  msgpack: messagePack,
  'msgpack-malformed': (entry) =>
    refused(entry, (wire) => {
      const reader = new Reader(wire, LIMITS);
      const value = unpack(reader);
      reader.finish();
      return value;
    }),
  packets: packet,
  bundles: packet,
  'bundles-malformed': (entry, file) =>
    refused(entry, (wire) => decodePacket(registry(file, entry), entry['packet'], wire)),
  gather,
};
const SCHEMAS =
  'scalars-int scalars-float scalars-varint scalars-varuint strings buffers objects nested arrays tuples random fixtures quirk-order';
/** Another transport's frames, and names made of files' paths. */
const SKIPPED = 'socketio socketio-malformed names';

const MODES = { 'generated code': true, closures: false };

for (const [mode, isGenerated] of Object.entries(MODES)) {
  test(`codecs of ${mode}`, () => {
    allowGeneratedCode(isGenerated);
    const { data } = parsePackets({ Point: ['{x:uint8}'] }).get('Point');
    assert.deepEqual(decode(data, encode(data, { x: 1 })), { x: 1 });
    // One of closures is its type; the other's code is made at its first use.
    assert.equal('kind' in data, !isGenerated);
    assert.equal('kind' in codec('{x:uint8}'), !isGenerated);
  });

  for (const name of readdirSync(FOLDER)) {
    const file = JSON.parse(readFileSync(FOLDER + name, 'utf8'));
    const { group } = file as { group: string };
    if (SKIPPED.split(' ').includes(group)) continue;
    test(`vectors: ${group}, by ${mode}`, () => {
      allowGeneratedCode(isGenerated);
      const judge = JUDGES[group] ?? (SCHEMAS.split(' ').includes(group) ? schema : undefined);
      assert(judge, `the group ${group} is unknown`);
      assert(file.vectors.length > 0);
      for (const entry of file.vectors) {
        try {
          judge(entry, file);
        } catch (error) {
          throw new Error(`${entry.name}: ${(error as Error).message}`, { cause: error });
        }
      }
    });
  }
}
