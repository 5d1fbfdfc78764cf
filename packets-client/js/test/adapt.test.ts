// Packets of another build of the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapt } from '../dist/adapt.js';
import { decode, encode } from '../dist/codec.js';
import { PacketsError, Socket } from '../dist/index.js';
import { codec, parse, parsePackets } from '../dist/schema.js';
import { written } from '../dist/writer.js';
import { fake, settle, welcome, type FakeSocket } from './fake.js';
import { hex, unhex } from './notation.js';
import { lines, start } from './project.js';
import { random, valueOf } from './random.js';
import { changed, schemaOf } from './schemas.js';

/** Both ways of a packet without a response, ours and theirs of these schemas. */
function ways(ours: string, theirs: string, defaults: (string | null)[] = [], rest?: Uint8Array) {
  const packet = parsePackets<Record<string, unknown>>({ P: [ours, '{}', defaults] }).get('P');
  const other = { name: 'P', id: 1, fingerprint: 0n, schema: theirs, response: '{}' };
  return adapt(packet, rest ? { ...other, rest } : other);
}

/** What becomes of a value's bytes on the way out: as Rust's `javascript_values adapt` says it. */
function become(from: string, to: string, bytes: Uint8Array): string {
  const { outgoing } = ways(from, to);
  if (outgoing instanceof PacketsError) return outgoing.message;
  try {
    return hex(outgoing.body(bytes));
  } catch (error) {
    assert(error instanceof PacketsError, String(error));
    return 'refused';
  }
}

test('10000 random values of random pairs of schemas become what they become in Rust', async () => {
  const next = random(5);
  const program = start('javascript_values', 'adapt');
  const answers = lines(program);
  const cases: [from: string, to: string, bytes: Uint8Array][] = [];
  while (cases.length < 10_000) {
    const from = schemaOf(next);
    const type = parse(from);
    const to = changed(type, next);
    let bytes = new Uint8Array();
    try {
      bytes = encode(codec(from), valueOf(type, next));
    } catch (error) {
      // A set of what is the same, or a tree that is too deep.
      if (!(error instanceof PacketsError)) throw error;
      continue;
    }
    // Some are malformed.
    if (next(20) === 0 && bytes.length > 0) bytes[next(bytes.length)] = next(256);
    cases.push([from, to, bytes]);
    program.stdin!.write(`${from}\t${to}\t${hex(bytes)}\n`);
  }
  program.stdin!.end();
  const found = await answers;
  assert.equal(found.length, cases.length);
  const kinds = { same: 0, adapted: 0, refused: 0, incompatible: 0 };
  for (const [index, [from, to, bytes]] of cases.entries()) {
    const outcome = become(from, to, bytes);
    const shown = `${from} to ${to}: ${hex(bytes)}`;
    // Rust does not look into parts that are left out, or are the same to both.
    if (outcome === 'refused' && outcome !== found[index]) assert.throws(() => decode(codec(from), bytes), PacketsError, shown);
    else assert.equal(outcome, found[index], shown);
    if (outcome === hex(bytes)) kinds.same++;
    else if (outcome === 'refused') kinds.refused++;
    else if (outcome.startsWith('`')) kinds.incompatible++;
    else kinds.adapted++;
  }
  for (const [kind, count] of Object.entries(kinds)) assert(count > 300, `${kind}: ${count}`);
});

test('defaults stand in for fields that the sender lacks', () => {
  const told = written((writer) => codec('[buffer?]').encode([Uint8Array.of(7), undefined], writer));
  const { outgoing, incoming } = ways('{a:uint8}', '{a:uint8,b?:uint8}', [], told);
  assert(!(outgoing instanceof PacketsError) && !(incoming instanceof PacketsError));
  assert.equal(hex(outgoing.body(unhex('01'))), '0107');
  assert.equal(hex(incoming.body(unhex('0107'))), '01');
  const mine = ways('{a:uint8,b?:string}', '{a:uint8}', ['0161']);
  assert(!(mine.incoming instanceof PacketsError));
  assert.equal(hex(mine.incoming.body(unhex('01'))), '010161');
  for (const { incoming } of [ways('{a:uint8,b?:string}', '{a:uint8}', [null]), ways('{a:uint8,b?:string}', '{a:uint8}')]) {
    assert(incoming instanceof PacketsError);
    assert.equal(incoming.message, '`P.b` is string here and not there on the other end');
  }
});

test('a value that cannot be adapted is named', () => {
  const fails = (from: string, to: string, bytes: string) => {
    const { outgoing } = ways(from, to);
    assert(!(outgoing instanceof PacketsError));
    try {
      outgoing.body(unhex(bytes));
    } catch (error) {
      assert(error instanceof PacketsError);
      return `${error.kind}: ${error.message}`;
    }
    return assert.fail('it was adapted');
  };
  assert.equal(
    fails('{a:[{x:int32}]}', '{a:[{x:int8}]}', '01 00000100'.replace(' ', '')),
    'incompatible: P.a[0].x: expected an integer from -128 to 127, found 256',
  );
  assert.equal(fails('{a:uint8?}', '{a:uint8}', '00'), 'incompatible: P.a: absent, but the receiver needs it');
  assert.equal(fails('enum{A,B}', 'enum{A}', '01'), 'incompatible: P: B is a variant that the receiver does not know');
  assert.equal(fails('{a:uint8}', '{a:uint16}', ''), 'decode: bytes are missing');
});

test('defaults do not make much of little', () => {
  const large = Uint8Array.from(encode(codec('buffer'), new Uint8Array(100_000)));
  const told = written((writer) => codec('[buffer?]').encode([large], writer));
  const { outgoing } = ways('[{}]', '[{a?:buffer}]', [], told);
  assert(!(outgoing instanceof PacketsError));
  assert.equal(outgoing.body(unhex('0a')).length, 1 + 10 * large.length);
  assert.throws(() => outgoing.body(unhex('64')), { kind: 'incompatible' });
});

interface Types {
  Ask: { data: { a: number; b: string }; response: { c: number } };
  Tell: { data: { a: number }; response: { d: string } };
  Other: { data: string; response: undefined };
}

/** Ids: Ask 1, Bundle 2, Other 3, Redirect 4, Refresh 5, Tell 6. */
const packets = parsePackets<Types>({
  Ask: ['{a:uint8,b?:string}', '{c:uint8}', ['0162']],
  Tell: ['{a:uint8}', '{d:string}'],
  Other: ['string'],
});

/** A server of another build; theirs: Ask 9, Tell 10, Other 11, Bundle 1. */
function open(): { socket: Socket<Types>; server: FakeSocket } {
  const { WebSocket, sockets } = fake();
  const socket = new Socket(packets, 'ws://127.0.0.1:1/', { WebSocket, adapt });
  const server = sockets[0]!;
  server.receive(welcome(7n));
  const bundle = packets.get('Bundle');
  const manifest = codec('[{a:buffer}]');
  const entry = (name: string, id: number, fingerprint: bigint, schema: string, response: string) => ({
    a: written((writer) => {
      writer.string(name);
      writer.varuint(id);
      writer.uint64(fingerprint);
      writer.string(schema);
      writer.string(response);
    }),
  });
  const entries = [
    entry('Bundle', 1, bundle.fingerprint, 'buffer', '[enum{reply:buffer,reject:buffer}]'),
    entry('Ask', 9, 1n, '{a:uint16}', '{c:uint16,e:bool}'),
    entry('Tell', 10, 2n, '{a:uint16}', '{d:string?}'),
    entry('Other', 11, 3n, 'uint8', '{}'),
  ];
  server.receive(`1d${hex(encode(manifest, entries))}`);
  server.take();
  assert.equal(socket.state, 'open');
  return { socket, server };
}

test('packets and answers are adapted both ways, in bundles, too', async () => {
  const { socket, server } = open();
  const asked = socket.send(['Ask', { a: 1, b: 'left out' }]);
  await settle();
  assert.match(server.take().join(), /^4901....0001$/);
  server.receive('0a 0007 01');
  assert.deepEqual(await asked, { c: 7 });
  const beyond = socket.send(['Ask', { a: 1, b: '' }]);
  await settle();
  server.receive('12 0100 01');
  await assert.rejects(beyond, { kind: 'incompatible', message: 'Ask ->.c: expected an integer from 0 to 255, found 256' });
  server.take();
  const both = socket.send(['Bundle', [['Ask', { a: 2, b: '' }], ['Bundle', [['Tell', { a: 3 }]]]]]);
  await settle();
  const inner = '08 02000000 0a00 0003'.replaceAll(' ', '');
  assert.match(server.take().join(), new RegExp(`^0903....1702000000090000020900000001 00${inner}$`.replaceAll(' ', '')));
  server.receive('1a 02 00 03 0005 00  00 04 01 00 01 00');
  const [ask, bundle] = await both;
  assert.deepEqual(ask, { status: 'fulfilled', value: { c: 5 } });
  assert(bundle.status === 'fulfilled');
  // Absent, where an answer needs it.
  assert.equal(bundle.value[0].status, 'rejected');
  socket.close();
});

test('packets of the server are adapted, and refused if they cannot be', async () => {
  const { socket, server } = open();
  const seen: unknown[] = [];
  socket.accept('Tell', (data) => {
    seen.push(data);
    return { d: 'x' };
  });
  socket.accept('Ask', (data) => {
    seen.push(data);
    return { c: 9 };
  });
  server.receive('51 01 00 0004');
  server.receive('51 02 00 0104');
  server.receive('49 03 00 0001');
  await settle();
  // Answered; beyond a number; answers cannot be made of ours.
  const [tell, beyond, ask] = server.take().sort();
  assert.equal(tell, '0a010178');
  assert.match(beyond!, /^1303/);
  assert.match(ask!, /^1b03/);
  assert.deepEqual(seen, [{ a: 4 }]);
  socket.close();
});

test('what cannot be adapted is refused by name', async () => {
  const { socket, server } = open();
  const message = '`Other` is string here and uint8 on the other end';
  assert.throws(() => socket.emit(['Other', 'a']), { kind: 'incompatible', message });
  await assert.rejects(socket.send(['Other', 'a']), { kind: 'incompatible', message });
  await assert.rejects(socket.send(['Bundle', [['Other', 'a']]]), { kind: 'incompatible', message });
  assert.deepEqual(server.take(), []);
  socket.close();
});
