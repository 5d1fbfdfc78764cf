// Schemas as text and as types: the module that Rust makes has the same ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PacketsError } from '../dist/index.js';
import { DEFAULTS } from '../dist/packets.js';
import { fingerprint, parse, parsePackets, textOf } from '../dist/schema.js';
import { packets } from './packets.js';
import { random } from './random.js';
import { schemaOf } from './schemas.js';

test('packets by their texts are those of the module', () => {
  const own = packets.list.filter(({ name }) => !Object.hasOwn(DEFAULTS, name));
  assert(own.length > 10);
  const texts = own.map(({ name, types: [data, response] }) => [name, [textOf(data), textOf(response)] as const]);
  const parsed = parsePackets<Record<string, unknown>>(Object.fromEntries(texts));
  assert.equal(parsed.digest, packets.digest);
  for (const [index, packet] of packets.list.entries()) {
    const { name, id, fingerprint } = parsed.list[index]!;
    assert.deepEqual({ name, id, fingerprint }, { name: packet.name, id: packet.id, fingerprint: packet.fingerprint });
  }
});

test('the default packets are those of the protocol', () => {
  for (const [name, data, response] of [
    ['Bundle', 'buffer', '[enum{reply:buffer,reject:buffer}]'],
    ['Redirect', 'string', '{}'],
    ['Refresh', '{}', '{}'],
  ] as const) {
    assert.equal(DEFAULTS[name]![0], fingerprint(data, response), name);
  }
});

test('a type has its text', () => {
  const next = random(11);
  for (let i = 0; i < 1_000; i++) {
    const text = schemaOf(next);
    assert.equal(textOf(parse(text)), text);
  }
  for (const text of ['{"a b"?:bool,"c\\"":int8}', 'enum{A,"\\\\":{}?,__proto__:char}', '@A<{a:[@B<@A?>],b:@A?}>', '{10:bool,9?:int8}']) {
    assert.equal(textOf(parse(text)), text);
  }
});

test('what is no schema is refused', () => {
  for (const text of ['', 'int', '[int8', '[int8;4294967296]', '{b:bool,a:bool}', '{a:bool,a:bool}', 'enum{A,A}', '@A', 'bool ', '{"a:bool}', '{a}', '['.repeat(65)]) {
    assert.throws(() => parse(text), (error) => error instanceof PacketsError && error.kind === 'schema', text);
  }
});
