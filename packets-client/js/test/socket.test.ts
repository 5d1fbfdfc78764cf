// The protocol, byte by byte, against a server that is the test itself.
import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { PacketsError, RejectError, Socket, ValidationError, type Page, type SocketOptions } from '../dist/index.js';
import { parsePackets } from '../dist/schema.js';
import { fake, settle, welcome, type FakeSocket } from './fake.js';

interface Types {
  Echo: { data: string; response: string };
  Move: { data: { x: number; y?: number | undefined }; response: undefined };
  Slap: { data: undefined; response: undefined };
}

/** Ids: Bundle 1, Echo 2, Move 3, Redirect 4, Refresh 5, Slap 6. */
const packets = parsePackets<Types>({
  Slap: ['{}'],
  Echo: ['string', 'string'],
  Move: ['{x:uint8,y:int8?}'],
});

function open(options: SocketOptions = {}): { socket: Socket<Types>; server: FakeSocket; sockets: FakeSocket[] } {
  const { WebSocket, sockets } = fake();
  const socket = new Socket(packets, 'ws://127.0.0.1:1/', { WebSocket, ...options });
  sockets[0]!.receive(welcome(packets.digest));
  assert.equal(sockets[0]!.take().length, 1, 'HELLO');
  return { socket, server: sockets[0]!, sockets };
}

async function fails(promise: Promise<unknown>, kind: string): Promise<PacketsError> {
  const error = await promise.then(
    () => assert.fail(`it was to fail as ${kind}`),
    (error: unknown) => error,
  );
  assert(error instanceof PacketsError, String(error));
  assert.equal(error.kind, kind, error.message);
  return error;
}

/** Timers and the clock stand still until they are moved. */
function pausedTime(context: TestContext): (milliseconds: number) => void {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  context.after(() => mock.timers.reset());
  return (milliseconds) => mock.timers.tick(milliseconds);
}

test('the greeting', (context) => {
  const tick = pausedTime(context);
  const { WebSocket, sockets, urls } = fake();
  const socket = new Socket(packets, 'http://127.0.0.1:1/socket', { WebSocket });
  assert.deepEqual(urls, ['ws://127.0.0.1:1/socket']);
  assert.equal(socket.state, 'connecting');
  sockets[0]!.receive(welcome(packets.digest));
  const digest = packets.digest.toString(16).padStart(16, '0');
  // 4 MiB at most.
  assert.deepEqual(sockets[0]!.take(), [`0d01${digest}80808002`]);
  assert.equal(socket.state, 'open');
  assert.equal(socket.session?.[15], 15);
  assert.deepEqual(socket.traffic, { sent: 14, received: 33 });
  socket.close();
  assert.deepEqual(sockets[0]!.closed, [1000, '']);
  tick(100_000);
  assert.equal(sockets.length, 1);
});

test('what is no greeting ends the connection', () => {
  for (const [message, code] of [
    ['38', 4002],
    ['0502 10', 4406],
    ['05', 4002],
    ['06', 4002],
    [welcome(0n).replace(' 10 000102', ' 0f 0102'), 4002],
    ['1d 00', 4002],
  ] as const) {
    const { WebSocket, sockets } = fake();
    const socket = new Socket(packets, 'ws://127.0.0.1:1/', { WebSocket });
    sockets[0]!.receive(message);
    assert.equal(sockets[0]!.closed?.[0], code, message);
    // Another version is one for good.
    assert.equal(socket.state, code === 4406 ? 'closed' : 'waiting');
    socket.close();
  }
});

test('a server that does not greet is left, and tried again', (context) => {
  const tick = pausedTime(context);
  const { WebSocket, sockets } = fake();
  const socket = new Socket(packets, 'ws://127.0.0.1:1/', { WebSocket });
  tick(9_999);
  assert.equal(sockets[0]!.closed, undefined);
  tick(1);
  assert.equal(sockets[0]!.closed?.[0], 4408);
  assert.equal(socket.state, 'waiting');
  tick(500);
  assert.equal(sockets.length, 2);
  socket.close();
});

test('packets, calls and their answers', async (context) => {
  pausedTime(context);
  const { socket, server } = open();
  socket.emit(['Slap']);
  socket.emit(['Move', { x: 1 }]);
  socket.emit(['Move', { x: 1, y: -1 }]);
  assert.deepEqual(server.take(), ['30', '180100', '180101ff']);
  const echo = socket.send(['Echo', 'hi']);
  const slap = socket.send(['Slap']);
  const late = socket.send(['Slap']);
  await settle();
  assert.deepEqual(
    server.take(),
    ['1101904e026869', '3102904e', '3103904e'],
  );
  server.receive('0a 026869');
  assert.equal(await echo, 'hi');
  // Again, and one that nobody made: ignored.
  server.receive('0a 026869');
  server.receive('52');
  const refused = fails(slap, 'validation');
  server.receive('13 00 9403 026e6f 00');
  const error = await refused;
  assert(error instanceof ValidationError);
  assert.deepEqual([error.code, error.reason], [404, 'no']);
  server.receive('1b 04 9403 026e6f 00');
  assert((await fails(late, 'notAccepted')) instanceof RejectError);
  socket.close();
});

test('a response that is none', async () => {
  const { socket, server } = open();
  const echo = socket.send(['Echo', 'hi']);
  server.receive('0a 05');
  await fails(echo, 'decode');
  socket.close();
});

test('data that does not fit is not sent, and says where', async () => {
  const { socket, server } = open();
  const error = await fails(socket.send(['Move', { x: 256 }]), 'data');
  assert.match(error.message, /^Move\.x: expected an integer from 0 to 255, found 256$/);
  assert.throws(() => socket.emit(['Move', 7 as never]), /Move: expected an object, found 7/);
  assert.throws(() => socket.emit(['Nothing'] as never), { kind: 'unregistered' });
  await fails(socket.send(['Nothing'] as never), 'unregistered');
  assert.deepEqual(server.take(), []);
  socket.close();
});

test('a call ends with its time, or with its signal, and is cancelled', async (context) => {
  const tick = pausedTime(context);
  const { socket, server } = open();
  const late = fails(socket.send(['Slap'], { timeout: 300 }), 'timeout');
  const abort = new AbortController();
  const aborted = socket.send(['Slap'], { signal: abort.signal });
  await settle();
  assert.deepEqual(server.take(), ['3101ac02', '3102904e']);
  tick(300);
  await late;
  abort.abort(new Error('enough'));
  await assert.rejects(aborted, /enough/);
  assert.deepEqual(server.take(), ['0c', '14']);
  await assert.rejects(socket.send(['Slap'], { signal: abort.signal }), /enough/);
  assert.deepEqual(server.take(), []);
  socket.close();
});

test('what is sent before the connection waits, so much of it', async (context) => {
  const tick = pausedTime(context);
  const { WebSocket, sockets } = fake();
  const limits = { queueFrames: 3, queueBytes: 100 };
  const socket = new Socket(packets, 'ws://127.0.0.1:1/', { WebSocket, limits });
  const late = fails(socket.send(['Echo', 'late'], { timeout: 5 }), 'timeout');
  socket.emit(['Slap']);
  socket.emit(['Move', { x: 1 }]);
  assert.throws(() => socket.emit(['Slap']), { kind: 'full' });
  await fails(socket.send(['Slap']), 'full');
  tick(5);
  await late;
  const ready = socket.ready();
  sockets[0]!.receive(welcome(packets.digest));
  assert.deepEqual(sockets[0]!.take().slice(1), ['30', '180100']);
  await ready;
  // The WebSocket holds too much: they wait again.
  sockets[0]!.bufferedAmount = 101;
  socket.emit(['Slap']);
  assert.deepEqual(sockets[0]!.take(), []);
  sockets[0]!.bufferedAmount = 0;
  tick(20);
  assert.deepEqual(sockets[0]!.take(), ['30']);
  socket.close();
});

test('so many calls wait for their answers, and no more', async () => {
  const { socket, server } = open({ limits: { calls: 1 } });
  const first = socket.send(['Slap']);
  const second = socket.send(['Slap']);
  assert.equal(server.take().length, 1);
  server.receive('0a');
  await first;
  assert.equal(server.take().length, 1);
  server.receive('12');
  await second;
  socket.close();
});

test('a packet larger than the server takes is not sent', async () => {
  const { WebSocket, sockets } = fake();
  const socket = new Socket(packets, 'ws://127.0.0.1:1/', { WebSocket });
  sockets[0]!.receive(welcome(packets.digest, '8001'));
  sockets[0]!.take();
  await fails(socket.send(['Echo', 'x'.repeat(128)]), 'tooLarge');
  assert.throws(() => socket.emit(['Echo', 'x'.repeat(128)]), { kind: 'tooLarge' });
  assert.deepEqual(sockets[0]!.take(), []);
  socket.close();
});

test('bundles both ways', async (context) => {
  pausedTime(context);
  const { socket, server } = open();
  const sent = socket.send(['Bundle', [['Slap'], ['Bundle', [['Echo', 'a']]], ['Move', { x: 1 }]]]);
  await settle();
  const slap = '00000000 0600';
  const inner = '09000000 0100 08 02000000 0200 0161';
  const move = '02000000 0300 0100';
  assert.deepEqual(server.take(), [`0901904e1d${slap}${inner}${move}`.replaceAll(' ', '')]);
  server.receive('0a 03 00 00  00 05 01 00 02 0162  01 05 00 07 01 6e 00');
  const [first, second, third] = await sent;
  assert.deepEqual(first, { status: 'fulfilled', value: undefined });
  assert.deepEqual(second, { status: 'fulfilled', value: [{ status: 'fulfilled', value: 'b' }] });
  assert(third.status === 'rejected' && third.reason instanceof ValidationError && third.reason.code === 7);

  socket.accept('Echo', (text) => {
    if (text === 'no') throw new ValidationError(400, 'no');
    return text + text;
  });
  server.receive('09 01 00', '10', '02000000 0200 0161', '02000000 0200 0162');
  await settle();
  assert.deepEqual(server.take(), ['0a0200030261610003026262']);
  // The second is refused; the third goes its way.
  server.receive('09 02 00', '19', '02000000 0200 0161', '03000000 0200 026e6f', '02000000 0200 0162');
  await settle();
  assert.deepEqual(server.take(), ['120300030261610107009003026e6f000003026262']);
  socket.close();
});

/** What is said on the console, which has what acceptors and listeners throw. */
function consoleErrors(context: TestContext): string[] {
  const said: string[] = [];
  context.mock.method(console, 'error', (error: unknown) => void said.push(String(error)));
  return said;
}

test('acceptors', async (context) => {
  const tick = pausedTime(context);
  const said = consoleErrors(context);
  const { socket, server } = open({ limits: { acceptors: 2, inbox: 1 } });
  // Nothing accepts it yet.
  server.receive('11 01 00 0161');
  await settle();
  assert.match(server.take().join(), /^0b049403/);
  const seen: string[] = [];
  let signal!: AbortSignal;
  const remove = socket.accept('Echo', {
    validate(text) {
      if (text === 'no') throw new ValidationError(403, 'no');
    },
    async respond(text, context) {
      seen.push(text);
      ({ signal } = context);
      if (text === 'fail') throw new Error('a secret');
      if (text === 'wait') await new Promise(() => {});
      return text;
    },
  });
  server.receive('11 01 00 0161');
  server.receive('11 02 00 026e6f');
  server.receive('10 0162');
  await settle();
  assert.deepEqual(server.take().sort(), ['0a0161', '13009303026e6f00']);
  server.receive('11 03 00 046661696c');
  await settle();
  assert.deepEqual(server.take(), ['1b05f40305 6572726f72 00'.replaceAll(' ', '')]);
  // The developer is told, of this one alone.
  assert.deepEqual(said.splice(0), ['Error: a secret']);
  // Malformed.
  server.receive('11 01 00 0561');
  await settle();
  assert.match(server.take().join(), /^0b019003/);
  // Two run: a third call is too many. One is cancelled, the other late.
  server.receive('11 01 00 0477616974');
  server.receive('11 02 ac02 0477616974');
  server.receive('11 03 00 0161');
  server.receive('10 0163');
  server.receive('10 0164');
  assert.match(server.take().join(), /^1b08f703/);
  server.receive('0c');
  tick(300);
  await settle();
  assert.match(server.take().join(), /^1307f803/);
  assert(signal.aborted);
  assert.deepEqual(seen, ['a', 'b', 'fail', 'wait', 'wait']);
  assert.deepEqual(said, []);
  remove();
  socket.close();
});

test('what acceptors of packets throw is told', async (context) => {
  const said = consoleErrors(context);
  const { socket, server } = open();
  socket.accept('Echo', () => {
    throw new Error('at once');
  });
  server.receive('10 0161');
  await settle();
  assert.deepEqual(said.splice(0), ['Error: at once']);
  socket.accept('Echo', (_, { signal }) => new Promise((_, reject) => (signal.onabort = () => reject(signal.reason))));
  server.receive('11 01 00 0161');
  server.receive('0c');
  await settle();
  // Nobody waited for it any more.
  assert.deepEqual(said, []);
  // A response that is none.
  socket.accept('Echo', () => 7 as never);
  server.receive('11 01 00 0161');
  await settle();
  assert.match(said.join(), /expected a string, found 7/);
  socket.close();
});

test('a listener that throws stops neither others nor the socket', async (context) => {
  const said = consoleErrors(context);
  const { WebSocket, sockets } = fake();
  const socket = new Socket(packets, 'ws://127.0.0.1:1/', { WebSocket });
  const states: string[] = [];
  socket.subscribe(() => {
    throw new Error('a listener');
  });
  socket.subscribe(() => states.push(socket.state));
  socket.emit(['Slap']);
  sockets[0]!.receive(welcome(packets.digest));
  assert.deepEqual(sockets[0]!.take().slice(1), ['30']);
  sockets[0]!.onclose!({ code: 1006, reason: '' });
  assert.deepEqual(states, ['open', 'open', 'waiting']);
  socket.close();
  assert.equal(states.at(-1), 'closed');
  assert.deepEqual(said, Array(4).fill('Error: a listener'));
});

test('a call id that is used twice ends the connection', () => {
  const { socket, server } = open();
  socket.accept('Echo', () => new Promise<string>(() => {}));
  server.receive('11 01 00 0161');
  server.receive('11 01 00 0161');
  assert.equal(server.closed?.[0], 4002);
  assert.equal(socket.state, 'waiting');
  socket.close();
});

test('streams of packets', async () => {
  const { socket, server } = open({ limits: { stream: 2 } });
  const moves = socket.packets('Move');
  const first = moves.next();
  for (const x of ['01', '02', '03', '04']) server.receive(`18 ${x} 00`);
  assert.deepEqual(await first, { value: { x: 1, y: undefined }, done: false });
  assert.equal(moves.dropped, 1);
  // There is nothing to say but that it came.
  const found = moves.next();
  server.receive('19 01 00 05 00');
  await settle();
  assert.deepEqual(server.take(), ['0a']);
  assert.equal((await found).value.x, 3);
  socket.close();
  const rest: number[] = [];
  for await (const { x } of moves) rest.push(x);
  assert.deepEqual(rest, [4, 5]);
});

function page(): Page & { went: string[] } {
  const went: string[] = [];
  return {
    href: 'https://game.example/lobby/1',
    origin: 'https://game.example',
    assign: (url) => went.push(url),
    reload: () => went.push('reload'),
    went,
  };
}

test('Redirect and Refresh move the page, where they may', async (context) => {
  const tick = pausedTime(context);
  const here = page();
  const { server } = open({ page: here, redirectOrigins: ['https://login.example'] });
  const redirect = (url: string) => server.receive('20', url.length.toString(16).padStart(2, '0'), Buffer.from(url).toString('hex'));
  for (const url of ['/x', '2', 'https://login.example/in', 'https://game.example/y']) redirect(url);
  for (const url of [
    'https://evil.example/',
    '//evil.example',
    'javascript:alert(1)',
    'JavaScript:alert(1)//https://game.example',
    'data:text/html,x',
    'https://game.example.evil.example/',
    'http://game.example/',
    'https://login.example:8443/',
    'blob:https://game.example/1',
    'http://',
  ]) {
    redirect(url);
  }
  server.receive('28');
  server.receive('29 01 00');
  await settle();
  assert.deepEqual(server.take(), ['0a']);
  server.receive('21 02 00 02 2f2f');
  await settle();
  // Refused with a reason.
  assert.match(server.take().join(), /^1300/);
  tick(1);
  assert.deepEqual(here.went, [
    'https://game.example/x',
    'https://game.example/lobby/2',
    'https://login.example/in',
    'https://game.example/y',
    'reload',
    'reload',
  ]);
});

test('without a page there is nothing to move', async () => {
  const { socket, server } = open();
  server.receive('29 01 00');
  await settle();
  assert.match(server.take().join(), /^0b04/);
  socket.close();
});

/** A manifest of these packets. */
function manifest(...entries: [name: string, id: number, fingerprint: bigint, schema: string, response: string][]): string {
  const text = (text: string) => Buffer.from(text).length.toString(16).padStart(2, '0') + Buffer.from(text).toString('hex');
  const packed = entries.map(([name, id, fingerprint, schema, response]) => {
    const hash = fingerprint.toString(16).padStart(16, '0');
    // Something of a later version follows.
    const entry = `${text(name)}${id.toString(16).padStart(2, '0')}${hash}${text(schema)}${text(response)}ff`;
    return (entry.length / 2).toString(16).padStart(2, '0') + entry;
  });
  return `1d ${entries.length.toString(16).padStart(2, '0')} ${packed.join('')}`;
}

test('a credential is renewed on the live connection', () => {
  const { socket, server } = open();
  socket.renew('grüße');
  assert.deepEqual(server.take(), ['3d076772c3bcc39f65']);
  server.onclose!({ code: 4401, reason: 'refused' });
  assert.equal(socket.state, 'closed');
  assert.throws(() => socket.renew('too late'), { kind: 'disconnected' });
});

test('a server of another build', async (context) => {
  pausedTime(context);
  const { WebSocket, sockets } = fake();
  const socket = new Socket(packets, 'ws://127.0.0.1:1/', { WebSocket });
  const server = sockets[0]!;
  const seen: unknown[] = [];
  socket.accept('Echo', (text) => {
    seen.push(text);
    return text;
  });
  server.receive(welcome(7n));
  assert.equal(server.take()[1], '15');
  assert.equal(socket.state, 'connecting');
  // Held back until it is known what it is.
  server.receive('48 0161');
  const known = (name: string) => packets.get(name);
  server.receive(
    manifest(
      ['Bundle', 1, known('Bundle').fingerprint, 'buffer', '[enum{reply:buffer,reject:buffer}]'],
      ['Echo', 9, known('Echo').fingerprint, 'string', 'string'],
      ['Move', 10, 1n, '{x:uint8,y:int16?}', '{}'],
    ),
  );
  assert.equal(socket.state, 'open');
  assert.deepEqual(seen, ['a']);
  socket.emit(['Echo', 'b']);
  assert.deepEqual(server.take(), ['480162']);
  const error = await fails(socket.send(['Move', { x: 1 }]), 'incompatible');
  assert.equal(error.message, '`Move` is not what the other end has: {x:uint8,y:int16?} -> {}');
  await fails(socket.send(['Slap']), 'unknownToServer');
  // In bundles, too.
  await fails(socket.send(['Bundle', [['Bundle', [['Slap']]]]]), 'unknownToServer');
  const bundle = socket.send(['Bundle', [['Bundle', [['Echo', 'c']]]]]);
  await settle();
  assert.deepEqual(server.take(), ['0901904e0f090000000100080200000009000163']);
  server.receive('0a 01 00 01 00');
  assert.equal((await bundle).length, 1);
  server.receive('51 05 00 0100');
  await settle();
  assert.match(server.take().join(), /^2b03/);
  server.receive('f9 01 06 00');
  await settle();
  assert.match(server.take().join(), /^3302/);
  socket.close();
});

test('a connection that ends is made again', async (context) => {
  const tick = pausedTime(context);
  const { socket, server, sockets } = open({ reconnect: { first: 100, most: 400 } });
  const states: string[] = [];
  socket.subscribe(() => states.push(socket.state));
  const pending = fails(socket.send(['Slap']), 'disconnected');
  server.onclose!({ code: 1006, reason: '' });
  await pending;
  assert.equal(socket.state, 'waiting');
  // It waits for the next connection.
  const next = socket.send(['Slap']);
  for (const most of [100, 200, 400, 400]) {
    const before = sockets.length;
    tick(most);
    assert.equal(sockets.length, before + 1, `within ${most} ms`);
    sockets.at(-1)!.onclose!({ code: 1006, reason: '' });
  }
  tick(400);
  sockets.at(-1)!.receive(welcome(packets.digest));
  assert.equal(sockets.at(-1)!.take().length, 2);
  sockets.at(-1)!.receive('0a');
  await next;
  assert.deepEqual(states.filter((state, index) => state !== states[index - 1]).slice(-2), ['connecting', 'open']);
  // For good.
  sockets.at(-1)!.onclose!({ code: 4406, reason: 'bye' });
  assert.equal(socket.state, 'closed');
  assert.deepEqual(socket.closeReason, { code: 4406, reason: 'bye', isLocal: false });
  await fails(socket.send(['Slap']), 'disconnected');
  await fails(socket.ready() as Promise<never>, 'disconnected');
  assert.throws(() => socket.emit(['Slap']), { kind: 'disconnected' });
});

test('the wait before the next connection begins anew after some ends, and goes on after others', (context) => {
  const tick = pausedTime(context);
  context.mock.method(Math, 'random', () => 1);
  for (const [code, waits] of [
    [1006, [100, 100, 100]],
    [1001, [100, 100, 100]],
    ...[1002, 1003, 1008, 1009, 4410].map((code) => [code, [100, 200, 400]] as const),
  ] as const) {
    const { socket, sockets } = open({ reconnect: { first: 100, most: 400, stable: 10_000 } });
    for (const wait of waits) {
      tick(10_000);
      const before = sockets.length;
      sockets.at(-1)!.onclose!({ code, reason: '' });
      tick(wait - 1);
      assert.equal(sockets.length, before, `${code}: not before ${wait} ms`);
      tick(1);
      assert.equal(sockets.length, before + 1, `${code}: after ${wait} ms`);
      sockets.at(-1)!.receive(welcome(packets.digest));
    }
    socket.close();
  }
});

test('the wait is a random part of the step', (context) => {
  const tick = pausedTime(context);
  context.mock.method(Math, 'random', () => 0.25);
  const { socket, sockets } = open({ reconnect: { first: 1_000, most: 8_000 } });
  for (const wait of [250, 500, 1_000, 2_000, 2_000]) {
    const before = sockets.length;
    sockets.at(-1)!.onclose!({ code: 1006, reason: '' });
    tick(wait - 1);
    assert.equal(sockets.length, before, `not before ${wait} ms`);
    tick(1);
    assert.equal(sockets.length, before + 1, `after ${wait} ms`);
  }
  socket.close();
});

/** A page's own events, and whether it is in front. */
function events(context: TestContext): { window: EventTarget; document: EventTarget & { hidden: boolean } } {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { hidden: false });
  const { addEventListener } = window;
  const globals = { document, addEventListener: addEventListener.bind(window) };
  for (const [name, value] of Object.entries(globals)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true });
    context.after(() => {
      if (before) Object.defineProperty(globalThis, name, before);
      else delete (globalThis as Record<string, unknown>)[name];
    });
  }
  return { window, document };
}

test('a page that comes online or to the front connects at once', (context) => {
  pausedTime(context);
  const { window, document } = events(context);
  const { socket, sockets } = open({ page: page() });
  const lose = () => {
    sockets.at(-1)!.onclose!({ code: 1006, reason: '' });
    assert.equal(socket.state, 'waiting');
  };
  const online = () => void window.dispatchEvent(new Event('online'));
  const hide = (hidden: boolean) => {
    document.hidden = hidden;
    document.dispatchEvent(new Event('visibilitychange'));
  };
  lose();
  online();
  assert.equal(sockets.length, 2);
  lose();
  // To the back, and online while it is there: nobody waits for it.
  hide(true);
  online();
  assert.equal(sockets.length, 2);
  hide(false);
  assert.equal(sockets.length, 3);
  lose();
  socket.close();
  online();
  hide(false);
  assert.deepEqual([sockets.length, socket.state], [3, 'closed']);
});

test('a page that comes to the front looks after its connection', (context) => {
  const tick = pausedTime(context);
  const { document } = events(context);
  const { socket, server } = open({ page: page() });
  tick(1_000);
  document.dispatchEvent(new Event('visibilitychange'));
  assert.match(server.take().join(), /^0901.*00$/);
  socket.close();
});

test('a silent server is asked for a sign of life, and left', (context) => {
  const tick = pausedTime(context);
  const { socket, server } = open();
  // 1.25 times the server's 25 s.
  tick(31_249);
  assert.deepEqual(server.take(), []);
  tick(1);
  assert.match(server.take().join(), /^0901.*00$/);
  server.receive('0a 00');
  tick(31_250);
  assert.match(server.take().join(), /^0902.*00$/);
  tick(31_250);
  assert.equal(server.closed?.[0], 4409);
  assert.equal(socket.state, 'waiting');
  socket.close();
});

test('a page that slept asks again before it gives up', () => {
  let now = 0;
  const timers: [at: number, run: () => void][] = [];
  const dateNow = mock.method(Date, 'now', () => now);
  const setTimer = mock.method(globalThis, 'setTimeout', ((run: () => void, time: number) => timers.push([now + time, run])) as never);
  try {
    const { socket, server } = open();
    /** The last timer runs, however late. */
    const wakeAt = (time: number) => {
      now = time;
      timers.pop()![1]();
    };
    wakeAt(31_250);
    assert.equal(server.take().length, 1);
    // The answer was due at 62.5 s; the page was frozen for an hour.
    wakeAt(3_600_000);
    assert.equal(server.closed, undefined);
    assert.equal(server.take().length, 1);
    wakeAt(3_600_000 + 31_250);
    assert.equal(server.closed?.[0], 4409);
    socket.close();
  } finally {
    dateNow.mock.restore();
    setTimer.mock.restore();
  }
});
