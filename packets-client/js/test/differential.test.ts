// Rust and TypeScript make the same bytes of the same values, and the same values of the same bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecOf, decode, encode } from '../dist/codec.js';
import { allowGeneratedCode } from '../dist/generated.js';
import { hex, notation, unhex } from './notation.js';
import { packets } from './packets.js';
import { lines, start } from './project.js';
import { random, valueOf } from './random.js';

const COUNT = 10_000;
const [type] = packets.get('Rich').types;

test(`${COUNT} random values of Rust's`, async () => {
  allowGeneratedCode(true);
  const rich = codecOf(type);
  const values = await lines(start('javascript_values', String(COUNT)));
  assert.equal(values.length, COUNT);
  for (const line of values) {
    const space = line.indexOf(' ');
    const bytes = unhex(line.slice(0, space));
    const value = decode(rich, bytes);
    assert.deepEqual(notation(type, value), JSON.parse(line.slice(space + 1)));
    assert.equal(hex(encode(rich, value)), line.slice(0, space));
    // Pages that allow no generated code have the same.
    assert.deepEqual(decode(type, bytes), value);
    assert.deepEqual(encode(type, value), encode(rich, value));
  }
});

test(`${COUNT} random values of TypeScript's`, async () => {
  const rich = codecOf(type);
  const next = random(7);
  const program = start('javascript_values');
  const values = Array.from({ length: COUNT }, () => valueOf(type, next));
  const answers = lines(program);
  for (const value of values) program.stdin!.write(`${hex(encode(rich, value))}\n`);
  program.stdin!.end();
  const found = await answers;
  assert.equal(found.length, COUNT);
  for (const [index, line] of found.entries()) {
    const value = values[index];
    const space = line.indexOf(' ');
    assert.equal(line.slice(0, space), hex(encode(rich, value)));
    const decoded = decode(rich, unhex(line.slice(0, space)));
    assert.deepEqual(notation(type, decoded), JSON.parse(line.slice(space + 1)));
  }
});
