// Sessions that go on over connections, byte by byte, against a server that is the test itself.
import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { Socket, type SocketOptions } from '../dist/index.js';
import { parsePackets } from '../dist/schema.js';
import { FakeSocket, fake, settle, welcome } from './fake.js';

interface Types {
  Echo: { data: string; response: string };
}

/** Ids: Bundle 1, Echo 2, Redirect 3, Refresh 4. */
const packets = parsePackets<Types>({ Echo: ['string', 'string'] });

/** A token of 32 such bytes. */
const token = (byte: string) => byte.repeat(32);
/** WELCOME of a server that keeps sessions for 60 s. */
const offer = (byte: string) => `${welcome(packets.digest)} 20 ${token(byte)} e0d403`;
const resumed = (received: number, first: number) => `25 00 ${uint64(received)} ${uint64(first)}`;
const REFUSED = `25 01 ${uint64(0)} ${uint64(0)}`;
const ack = (received: number) => `2d${uint64(received)}`;

function uint64(value: number): string {
  return value.toString(16).padStart(16, '0');
}

/** HELLO without what comes before the tokens. */
function hello(server: FakeSocket): string {
  const [frame, ...others] = server.take();
  assert.deepEqual(others, []);
  return frame!.slice('0d01'.length + 16 + '80808002'.length);
}

interface Opened {
  socket: Socket<Types>;
  /** The newest connection's other end. */
  server(): FakeSocket;
  tick(milliseconds: number): void;
  /** The connection breaks off, and another one is made, by which the server greets. */
  cut(byte: string): FakeSocket;
}

/** Time stands still. The first token's bytes are `aa`. */
function open(context: TestContext, options: SocketOptions = {}): Opened {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  context.after(() => mock.timers.reset());
  const { WebSocket, sockets } = fake();
  const socket = new Socket(packets, 'ws://127.0.0.1:1/', { WebSocket, reconnect: { most: 500 }, ...options });
  context.after(() => socket.close());
  const server = () => sockets.at(-1)!;
  const tick = (milliseconds: number) => mock.timers.tick(milliseconds);
  server().receive(offer('aa'));
  assert.equal(hello(server()), options.resume === false ? '' : `00${uint64(0)}${uint64(0)}`);
  assert.equal(socket.state, 'open');
  return {
    socket,
    server,
    tick,
    cut(byte) {
      server().onclose?.({ code: 1006, reason: '' });
      tick(500);
      server().receive(offer(byte));
      return server();
    },
  };
}

const named = (tokens: string, received: number, first: number) =>
  `${(tokens.length / 2).toString(16).padStart(2, '0')}${tokens}${uint64(received)}${uint64(first)}`;

test('a session goes on where it was', async (context) => {
  const { socket, server, cut } = open(context);
  assert.deepEqual(socket.recovered, { kind: 'new' });
  const session = socket.session;
  let answer!: (text: string) => void;
  socket.accept('Echo', () => new Promise((resolve) => (answer = resolve)));
  const echo = socket.send(['Echo', 'a']);
  socket.emit(['Echo', 'b']);
  server().receive('11 07 00 0171');
  server().receive(ack(1));
  const [call] = server().take();
  assert.match(call!, /^1101/);
  server().onclose!({ code: 1006, reason: '' });
  // What is done and asked meanwhile.
  assert.equal(socket.state, 'waiting');
  assert.equal(socket.session, session);
  answer('w');
  socket.emit(['Echo', 'c']);
  await settle();
  const next = cut('bb');
  assert.equal(hello(next), named(token('aa'), 1, 1));
  assert.equal(socket.state, 'connecting');
  next.receive(resumed(1, 0));
  assert.deepEqual(next.take(), ['100162', '3a0177', '100163']);
  assert.deepEqual(socket.recovered, { kind: 'full' });
  assert.equal(socket.session, session);
  next.receive('0a 0161');
  assert.equal(await echo, 'a');
  // The next one has another token, and goes on from there.
  assert.equal(hello(cut('cc')), named(token('bb'), 2, 1));
});

test('who does not know which token counts names them all, and the one it knows first', (context) => {
  const { server, cut } = open(context);
  hello(cut('bb'));
  assert.equal(hello(cut('cc')), named(token('aa') + token('bb'), 0, 0));
  server().receive(resumed(0, 0));
  assert.equal(hello(cut('dd')), named(token('cc'), 0, 0));
  for (const byte of ['01', '02', '03', '04', '05', '06', '07', '08']) cut(byte);
  server().take();
  cut('09');
  // The one that it knows, and of the others the newest.
  const all = ['cc', '02', '03', '04', '05', '06', '07', '08'].map(token).join('');
  assert.equal(hello(server()), `8002${all}${uint64(0)}${uint64(0)}`);
});

test('a session that the server does not know any more is a new one', async (context) => {
  const { socket, cut } = open(context);
  const pending = assert.rejects(socket.send(['Echo', 'a']), { kind: 'disconnected' });
  const next = cut('bb');
  hello(next);
  const later = socket.send(['Echo', 'b']);
  next.receive(REFUSED);
  await pending;
  assert.deepEqual(socket.recovered, { kind: 'new' });
  assert.match(next.take().join(), /^1101.*0162$/);
  next.receive('0a 0162');
  assert.equal(await later, 'b');
  assert.equal(hello(cut('cc')), named(token('bb'), 1, 0));
});

test('what is not kept is a gap, which both see', async (context) => {
  const { socket, server, cut } = open(context, { limits: { retainedFrames: 2 } });
  const accepted: string[] = [];
  socket.accept('Echo', (text) => {
    accepted.push(text);
    return text === 'wait' ? new Promise<string>(() => {}) : text;
  });
  server().receive('11 07 00 0171');
  server().receive('11 08 00 0477616974');
  await settle();
  const pending = assert.rejects(socket.send(['Echo', 'a']), { kind: 'disconnected' });
  socket.emit(['Echo', 'b']);
  server().take();
  // REPLY is frame 0, CALL 1, PACKET 2. The server has sent 5, of which 2 came, and has none of them any more.
  const next = cut('bb');
  assert.equal(hello(next), named(token('aa'), 2, 1));
  next.receive(resumed(0, 5));
  await pending;
  assert.deepEqual(socket.recovered, { kind: 'gap', missed: 3, lost: 1 });
  const [call, packet, cancel] = next.take();
  assert.match(call!, /^1101.*0161$/);
  assert.deepEqual([packet, cancel], ['100162', '0c']);
  // The server repeats its calls: the answer is given again, and what runs goes on.
  next.receive('11 07 00 0171');
  next.receive('11 08 00 0477616974');
  await settle();
  assert.deepEqual(next.take(), ['3a0171']);
  assert.deepEqual(accepted, ['q', 'wait']);
  assert.equal(next.closed, undefined);
  assert.equal(hello(cut('cc')), named(token('bb'), 7, 3));
});

test('bytes that are kept are bounded, too', (context) => {
  const { socket, cut } = open(context, { limits: { retainedBytes: 6 } });
  for (const text of ['a', 'b', 'c']) socket.emit(['Echo', text]);
  assert.equal(hello(cut('bb')), named(token('aa'), 0, 1));
});

test('answers that wait for a connection are bounded by their bytes', async (context) => {
  const { socket, server, cut } = open(context, { limits: { retainedBytes: 6 } });
  const answers: ((text: string) => void)[] = [];
  socket.accept('Echo', () => new Promise((resolve) => void answers.push(resolve)));
  for (const id of ['07', '08', '09']) server().receive(`11 ${id} 00 0171`);
  server().onclose!({ code: 1006, reason: '' });
  for (const answer of answers) {
    answer('abc');
    await settle();
  }
  const next = cut('bb');
  hello(next);
  next.receive(resumed(0, 0));
  const [first, second, third] = next.take();
  assert.deepEqual([first, second], ['3a03616263', '4203616263']);
  // `overloaded`, by a reject that is short.
  assert.match(third!, /^4b08f703/);
});

test('answers that are kept to be repeated are bounded by their bytes', async (context) => {
  const { socket, server, cut } = open(context, { limits: { retainedBytes: 11 } });
  let accepted = 0;
  socket.accept('Echo', (text) => {
    accepted++;
    return text;
  });
  for (const id of ['07', '08', '09']) server().receive(`11 ${id} 00 0161`);
  server().receive('11 0a 00 066c6f6e676572');
  await settle();
  assert.equal(accepted, 4);
  const next = cut('bb');
  hello(next);
  // None of the four answers got there, of which the two last ones are left.
  next.receive(resumed(0, 4));
  assert.deepEqual(socket.recovered, { kind: 'gap', missed: 0, lost: 2 });
  assert.deepEqual(next.take(), ['4a0161', '52066c6f6e676572']);
  next.receive('11 08 00 0161');
  next.receive('11 09 00 0161');
  next.receive('11 0a 00 066c6f6e676572');
  await settle();
  assert.equal(accepted, 5, 'an older one is accepted again, kept ones are not');
  assert.deepEqual(next.take().sort(), ['420161', '4a0161', '52066c6f6e676572']);
});

test('a position beyond what numbers are exact for ends the connection', (context) => {
  const { socket, cut } = open(context);
  const next = cut('bb');
  hello(next);
  next.receive('25 00', uint64(0), '0020000000000000');
  assert.equal(next.closed?.[0], 4002);
  assert.equal(socket.state, 'waiting');
});

test('the server is told what came', (context) => {
  const { server, tick } = open(context);
  const told = () => server().take();
  server().receive('10 0161');
  tick(999);
  assert.deepEqual(told(), []);
  tick(1);
  assert.deepEqual(told(), [ack(1)]);
  for (let i = 0; i < 63; i++) server().receive('10 0161');
  assert.deepEqual(told(), []);
  server().receive('10 0161');
  assert.deepEqual(told(), [ack(65)]);
  server().receive(`10 808001 ${'61'.repeat(16 << 10)}`);
  assert.deepEqual(told(), [ack(66)]);
  tick(5_000);
  assert.deepEqual(told(), []);
});

test('a session that nobody keeps any more ends', async (context) => {
  const { socket, server, tick } = open(context);
  const pending = assert.rejects(socket.send(['Echo', 'a'], { timeout: 600_000 }), { kind: 'disconnected' });
  let aborted = false;
  socket.accept('Echo', (_, { signal }) => {
    signal.onabort = () => (aborted = true);
    return new Promise<string>(() => {});
  });
  server().receive('11 07 00 0171');
  for (let passed = 0; passed < 60_000; passed += 500) {
    server().onclose?.({ code: 1006, reason: '' });
    assert(socket.session, `${passed}`);
    tick(500);
  }
  // Whatever the next attempt comes to.
  server().onclose?.({ code: 1006, reason: '' });
  tick(30_000);
  await pending;
  assert.equal(aborted, true);
  assert.equal(socket.session, undefined);
});

test('a session ends with a connection that is closed', async (context) => {
  const { socket, server, tick } = open(context);
  for (const [byte, close] of [
    ['b1', () => server().onclose!({ code: 1001, reason: '' })],
    ['b2', () => server().onclose!({ code: 1005, reason: '' })],
    ['b3', () => server().receive('06')],
    // To be closed soon.
    ['b4', () => (server().receive('35 00'), server().onclose!({ code: 1006, reason: '' }))],
    ['b5', () => server().receive(ack(9))],
  ] as const) {
    const pending = assert.rejects(socket.send(['Echo', 'a']), { kind: 'disconnected' });
    server().take();
    close();
    await pending;
    tick(500);
    server().receive(offer(byte));
    assert.equal(hello(server()), named('', 0, 0), byte);
  }
  // One that is silent is lost only.
  tick(31_250);
  tick(31_250);
  assert.equal(server().closed?.[0], 4409);
  assert(socket.session);
});

test('sessions go on only where both ends want it', (context) => {
  const { socket, server, cut } = open(context, { resume: false });
  cut('bb');
  assert.equal(hello(server()), '');
  assert.deepEqual(socket.recovered, { kind: 'new' });
  assert.equal(socket.state, 'open');
});
