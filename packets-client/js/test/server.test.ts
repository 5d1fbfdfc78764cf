// Against the real server, with codecs made of closures; `server_generated.test.ts` runs them with generated code.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { adapt } from '../dist/adapt.js';
import { Socket, ValidationError, type Page, type SocketOptions, type WebSocketClass } from '../dist/index.js';
import { parsePackets } from '../dist/schema.js';
import { packets, type PacketTypes, type Rich } from './packets.js';
import { start } from './project.js';

let program: ChildProcess;
let port: number;

async function serve(...args: string[]): Promise<void> {
  program = start('javascript_server', ...args);
  const [line] = await once(program.stdout!.setEncoding('utf8'), 'data');
  port = Number(line);
}

before(() => serve());
after(() => void program.stdin!.end());

function options(more: SocketOptions): SocketOptions {
  return { WebSocket: WebSocket as unknown as WebSocketClass, ...more };
}

/** Runs with a socket, and closes it. */
async function connected(run: (socket: Socket<PacketTypes>) => Promise<void>, more: SocketOptions = {}): Promise<void> {
  const socket = new Socket(packets, `ws://127.0.0.1:${port}/`, options(more));
  try {
    await run(socket);
  } finally {
    socket.close();
  }
}

test('packets both ways', () =>
  connected(async (socket) => {
    const slaps = socket.packets('Slap');
    socket.emit(['Slap']);
    assert.deepEqual(await slaps.next(), { value: undefined, done: false });
    assert.equal(await socket.send(['Echo', 'grüße 😀']), 'grüße 😀');
    assert.deepEqual(await socket.send(['PositionRequest', { id: 7 }]), { x: 7, y: -1.5 });
    assert.equal(await socket.send(['AnythingField', { id: 7, document: { want: [42, null, 'x'] } }]), 7n);
    assert.equal((await socket.send(['Blob', { size: 100_000 }])).length, 100_000);
    assert.equal(socket.session?.length, 16);
  }));

test('a refusal is a ValidationError', () =>
  connected(async (socket) => {
    await assert.rejects(socket.send(['PositionRequest', { id: 100 }]), (error) => {
      assert(error instanceof ValidationError);
      assert.deepEqual([error.code, error.reason], [404, 'no such position']);
      return true;
    });
  }));

test('all kinds of types', () =>
  connected(async (socket) => {
    const rich: Rich = {
      at: { nanos: 5, secs: -1n },
      big: -(2n ** 63n),
      bigger: [2n ** 128n - 1n, -(2n ** 127n)],
      bytes: Uint8Array.of(1, 2, 3),
      chain: { value: 1, next: { value: 2, next: undefined } },
      count: 2 ** 31 - 1,
      direction: 'South',
      document: { any: ['thing', 1.5, null] },
      double: Math.PI,
      extra: [['a']],
      flag: true,
      floats: [1, -0, Infinity],
      from: { type: 'V4', value: Uint8Array.of(127, 0, 0, 1) },
      grid: new Map([[[-1, 2], [3]]]),
      key: new Uint8Array(16),
      length: { nanos: 1, secs: 2n },
      letter: '😀',
      name: undefined,
      nested: [undefined],
      'not-a-word': 9,
      nothing: {},
      offset: -5,
      outcome: { type: 'Err', value: 'no' },
      positions: [{ x: 1, y: 2 }],
      scores: new Map([['b', 1], ['a', undefined]]),
      shapes: [{ type: 'Nothing' }, { type: 'Path', value: { closed: true, points: [[1, 2]] } }],
      small: [-1, 1, -2, 2, -3, 3],
      tags: new Set(['b', 'a']),
      tree: { value: 1, children: [{ value: 2, children: [] }] },
    };
    assert.deepEqual(await socket.send(['Rich', rich]), rich);
  }));

test('bundles of bundles', () =>
  connected(async (socket) => {
    const [slap, [echo], position] = await socket
      .send(['Bundle', [['Slap'], ['Bundle', [['Echo', 'in']]], ['PositionRequest', { id: 100 }]]])
      .then(([slap, bundle, position]) => [slap, bundle.status === 'fulfilled' ? bundle.value : assert.fail(), position] as const);
    assert.equal(slap.status, 'fulfilled');
    assert.deepEqual(echo, { status: 'fulfilled', value: 'in' });
    assert(position.status === 'rejected' && position.reason instanceof ValidationError);
  }));

test('the server asks', () =>
  connected(async (socket) => {
    const none = await socket.send(['AskMe']);
    assert(none.type === 'Err' && none.value.includes('nothing accepts WhoAreYou here'), JSON.stringify(none));
    const remove = socket.accept('WhoAreYou', async () => 'a page');
    assert.deepEqual(await socket.send(['AskMe']), { type: 'Ok', value: 'a page' });
    remove();
    socket.accept('WhoAreYou', () => {
      throw new ValidationError(418, 'a teapot');
    });
    assert.deepEqual(await socket.send(['AskMe']), { type: 'Err', value: 'refused: a teapot (418)' });
  }));

test('calls are cancelled', () =>
  connected(async (socket) => {
    const before = await socket.send(['Cancelled']);
    const abort = new AbortController();
    const wait = assert.rejects(socket.send(['Wait'], { signal: abort.signal }), { name: 'AbortError' });
    await socket.send(['Echo', '']);
    abort.abort();
    await wait;
    await assert.rejects(socket.send(['Wait'], { timeout: 50 }), { kind: 'timeout' });
    while ((await socket.send(['Cancelled'])) < before + 2);
  }));

test('Redirect moves the page', async () => {
  const went: string[] = [];
  const page: Page = {
    href: `http://127.0.0.1:${port}/`,
    origin: `http://127.0.0.1:${port}`,
    assign: (url) => went.push(url),
    reload: () => {},
  };
  await connected(
    async (socket) => {
      assert.deepEqual(await socket.send(['Navigate', '/there']), { type: 'Ok' });
      const refused = await socket.send(['Navigate', 'https://evil.example/']);
      assert(refused.type === 'Err' && refused.value.includes('403'), JSON.stringify(refused));
    },
    { page },
  );
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(went, [`${page.href}there`]);
});

interface Other {
  Echo: { data: string; response: string };
  PositionRequest: { data: { id: string }; response: undefined };
  Profile: { data: { name: string; score: number; seen?: boolean }; response: { name: string; score: number; seen: boolean } };
  Extra: { data: undefined; response: undefined };
}

const other = parsePackets<Other>({
  Echo: ['string', 'string'],
  PositionRequest: ['{id:string}'],
  Profile: ['{name:string,score:uint8,seen:bool?}', '{name:string,score:uint8,seen?:bool}', ['01']],
  Extra: ['{}'],
});

test('a client of another build', async () => {
  const socket = new Socket(other, `ws://127.0.0.1:${port}/`, options({}));
  try {
    assert.equal(await socket.send(['Echo', 'all the same']), 'all the same');
    const [echo] = await socket.send(['Bundle', [['Echo', 'in a bundle']]]);
    assert.deepEqual(echo, { status: 'fulfilled', value: 'in a bundle' });
    await assert.rejects(socket.send(['PositionRequest', { id: '7' }]), {
      kind: 'incompatible',
      message: '`PositionRequest` is not what the other end has: {id:varuint} -> {x:float32,y:float32}',
    });
    await assert.rejects(socket.send(['Extra']), { kind: 'unknownToServer' });
  } finally {
    socket.close();
  }
});

test('a client of another build that adapts', async () => {
  const socket = new Socket(other, `ws://127.0.0.1:${port}/`, options({ adapt }));
  try {
    // A wider number, a field that this end lacks, one that the server lacks.
    const profile = await socket.send(['Profile', { name: 'Ada', score: 7, seen: false }]);
    assert.deepEqual(profile, { name: 'Ada', score: 7, seen: true });
    await assert.rejects(socket.send(['PositionRequest', { id: '7' }]), {
      kind: 'incompatible',
      message: '`PositionRequest.id` is string here and varuint on the other end',
    });
  } finally {
    socket.close();
  }
});

test('a credential is renewed, or refused', () =>
  connected(async (socket) => {
    await socket.ready();
    socket.renew('good');
    assert.equal(await socket.send(['Echo', 'still here']), 'still here');
    socket.renew('bad');
    while (socket.state !== 'closed') await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(socket.closeReason?.code, 4401);
  }));

test('a server that comes back', () =>
  connected(
    async (socket) => {
      await socket.send(['Slap']);
      const wait = assert.rejects(socket.send(['Wait']), { kind: 'disconnected' });
      await socket.send(['Slap']);
      const gone = once(program, 'exit');
      program.stdin!.end();
      await gone;
      await new Promise<void>((resolve) => {
        const look = () => socket.state !== 'open' && resolve();
        socket.subscribe(look);
        look();
      });
      const echo = socket.send(['Echo', 'again']);
      await serve(String(port));
      // The new one knows nothing of the session.
      await wait;
      assert.deepEqual(socket.recovered, { kind: 'new' });
      assert.equal(await echo, 'again');
      assert.equal(socket.state, 'open');
    },
    { reconnect: { first: 20, most: 100 } },
  ));

test('nothing is lost, doubled or out of order, wherever a connection is cut', async () => {
  const CUTS = 200;
  let connections = 0;
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 0x7fffffff;
    return seed % below;
  };
  /** Breaks off after some messages that it sends or receives. */
  const Cut = class extends WebSocket {
    #left = connections++ < CUTS ? random(40) : Infinity;

    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      this.prependListener('message', () => this.#count());
    }

    override send(data: any): void {
      super.send(data);
      this.#count();
    }

    #count(): void {
      if (this.#left-- === 0) this.terminate();
    }
  };
  const socket = new Socket(packets, `ws://127.0.0.1:${port}/`, {
    WebSocket: Cut as unknown as WebSocketClass,
    reconnect: { first: 1, most: 5 },
  });
  try {
    const recovered = new Set<string>();
    socket.subscribe(() => socket.state === 'open' && recovered.add(socket.recovered!.kind));
    socket.accept('WhoAreYou', async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return 'a page';
    });
    const numbers: number[] = [];
    socket.accept('Number', (number) => void numbers.push(number));
    let sent = 0;
    await socket.ready();
    while (connections < CUTS) {
      const text = String(sent);
      for (let i = 0; i < 3; i++) socket.emit(['Number', sent++]);
      const answers = await Promise.all([socket.send(['Echo', text]), socket.send(['AskMe'])]);
      assert.deepEqual(answers, [text, { type: 'Ok', value: 'a page' }]);
    }
    // What is sent goes before the answer.
    while (numbers.length < sent) await socket.send(['Slap']);
    assert.deepEqual(numbers, Array.from({ length: sent }, (_, number) => number));
    assert.deepEqual(recovered, new Set(['new', 'full']));
  } finally {
    socket.close();
  }
});
