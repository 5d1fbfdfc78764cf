// What the compiler takes and refuses: this is checked by compiling it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Socket, type PacketsError } from '../dist/index.js';
import { fake } from './fake.js';
import { packets, type Position, type Shape } from './packets.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<_T extends true>(): void {}

async function compiles(socket: Socket<typeof packets.types>): Promise<void> {
  const id = await socket.send(['AnythingField', { id: 1, document: { want: 42 } }]);
  is<Equal<typeof id, bigint>>();
  const position = await socket.send(['PositionRequest', { id: 7 }]);
  is<Equal<typeof position, Position>>();
  const slap = await socket.send(['Slap']);
  is<Equal<typeof slap, undefined>>();
  const results = await socket.send(['Bundle', [['Echo', 'a'], ['Slap'], ['Bundle', [['Blob', { size: 1 }]]]]]);
  is<Equal<(typeof results)[0], PromiseSettledResult<string>>>();
  is<Equal<(typeof results)[1], PromiseSettledResult<undefined>>>();
  is<Equal<(typeof results)[2], PromiseSettledResult<[PromiseSettledResult<Uint8Array>]>>>();
  socket.accept('WhoAreYou', () => 'me');
  socket.accept('PositionRequest', { validate: ({ id }) => void id.toFixed(), respond: async () => ({ x: 1, y: 2 }) });
  socket.accept('Slap', async (_, { socket }) => socket.emit(['Slap']));
  for await (const text of socket.packets('Echo')) is<Equal<typeof text, string>>();
  const shape: Shape = { type: 'Circle', value: 1 };
  is<Equal<typeof shape.value, number>>();
  socket.emit(['Redirect', '/']);

  // @ts-expect-error: the data lacks a field
  void socket.send(['AnythingField', { id: 1 }]);
  // @ts-expect-error: a field is of another type
  void socket.send(['PositionRequest', { id: '7' }]);
  // @ts-expect-error: there is no such field
  void socket.send(['PositionRequest', { id: 7, ide: 8 }]);
  // @ts-expect-error: no packet has this name
  void socket.send(['PositionReqest', { id: 7 }]);
  // @ts-expect-error: it carries something
  void socket.send(['PositionRequest']);
  // @ts-expect-error: in bundles, too
  void socket.send(['Bundle', [['PositionRequest', { id: '7' }]]]);
  // @ts-expect-error: the response is of another type
  socket.accept('WhoAreYou', () => 7);
}

test('the types of packets', async () => {
  const { WebSocket, sockets } = fake();
  const socket = new Socket(packets, 'ws://127.0.0.1:1/', { WebSocket });
  const failed = socket.send(['Slap']).catch((error: PacketsError) => error.kind);
  sockets[0]!.onclose!({ code: 4403, reason: '' });
  assert.equal(await failed, 'disconnected');
  assert.equal(typeof compiles, 'function');
});
