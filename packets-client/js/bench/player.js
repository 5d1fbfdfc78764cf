// The player of SchemaPack's documentation, encoded and decoded, beside npm's schemapack and JSON.
// Prints the medians, and as RATIO lines our time by theirs: below 1 is ahead. Pages that allow no generated code have
// codecs made of closures.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { encode, decode } from '../dist/codec.js';
import { allowGeneratedCode } from '../dist/generated.js';
import { codec } from '../dist/schema.js';

const schemapack = createRequire(import.meta.url)('schemapack');

const player = {
  health: 4000,
  jumping: false,
  position: [-540, 343, 1201],
  attributes: { str: 87, agi: 42, int: 22 },
};
const schema = '{attributes:{agi:uint8,int:uint8,str:uint8},health:varuint,jumping:bool,position:[int16]}';
allowGeneratedCode(true);
const ours = codec(schema);
allowGeneratedCode(false);
const closures = codec(schema);
allowGeneratedCode(true);
const theirs = schemapack.build({
  health: 'varuint',
  jumping: 'boolean',
  position: ['int16'],
  attributes: { str: 'uint8', agi: 'uint8', int: 'uint8' },
});

// Other schemas first, as in a program: what is fast only as long as there is one is not fast.
for (const [schema, value] of [
  ['{x:float32,y:float32}', { x: 1, y: 2 }],
  ['{id:uint32,name:string}', { id: 1, name: 'a' }],
  ['[{a:uint8,b:bool}]', [{ a: 1, b: true }]],
  ['{a:[string],b:varint,c:uint16}', { a: ['x', 'y'], b: -3, c: 9 }],
]) {
  const other = codec(schema);
  for (let i = 0; i < 20_000; i++) decode(other, encode(other, value));
}

/** How a contestant makes bytes or text of the player, and comes back. */
const contestants = {
  generated: [() => encode(ours, player), (bytes) => decode(ours, bytes)],
  closures: [() => encode(closures, player), (bytes) => decode(closures, bytes)],
  schemapack: [() => theirs.encode(player), (bytes) => theirs.decode(bytes)],
  json: [() => JSON.stringify(player), (text) => JSON.parse(text)],
};
const runs = {};
for (const [name, [encode, decode]] of Object.entries(contestants)) {
  const encoded = encode();
  assert.deepEqual(decode(encoded), player);
  runs[`${name}/encode`] = encode;
  runs[`${name}/decode`] = () => decode(encoded);
  runs[`${name}/both`] = () => decode(encode());
}
assert.deepEqual([...encode(ours, player)], [...theirs.encode(player)]);
assert.deepEqual([...encode(closures, player)], [...theirs.encode(player)]);

const ROUNDS = 41;
const TIMES = 50_000;
const times = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
// Interleaved, so that what else the machine does hits all alike.
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(runs)) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < TIMES; i++) run();
    times[name].push(Number(process.hrtime.bigint() - start) / TIMES);
  }
}
const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const result = Object.fromEntries(Object.entries(times).map(([name, numbers]) => [name, median(numbers)]));
for (const [name, nanoseconds] of Object.entries(result)) {
  console.log(`${name.padEnd(18)}${nanoseconds.toFixed(0).padStart(6)} ns`);
}
for (const us of ['generated', 'closures']) {
  for (const way of ['encode', 'decode', 'both']) {
    for (const peer of ['schemapack', 'json']) {
      console.log(`RATIO js/player/${us}/${way}/${peer} ${(result[`${us}/${way}`] / result[`${peer}/${way}`]).toFixed(2)}`);
    }
  }
}
