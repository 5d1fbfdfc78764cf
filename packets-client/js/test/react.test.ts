// The hooks, in React.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Window } from 'happy-dom';
import { act, createElement as h, StrictMode, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { Socket, type WebSocketClass } from '../dist/index.js';
import { parsePackets } from '../dist/schema.js';
import { socketHooks } from '../dist/react.js';
import { fake, welcome } from './fake.js';

interface Types {
  Echo: { data: string; response: string };
}

const packets = parsePackets<Types>({ Echo: ['string', 'string'] });
const { SocketProvider, useSocket, useSocketPacket, useSocketState } = socketHooks(packets);

const window = new Window();
after(() => window.close());
const page = { href: 'http://127.0.0.1/', origin: 'http://127.0.0.1', assign() {}, reload() {} };
// Before React looks.
Object.assign(globalThis, { window, IS_REACT_ACT_ENVIRONMENT: true });

function connected() {
  const { WebSocket, sockets } = fake();
  const socket = new Socket(packets, '/', { WebSocket: WebSocket as WebSocketClass, page, reconnect: false });
  return { socket, server: sockets[0]! };
}

test('components hear packets as long as they are there', async () => {
  const { socket, server } = connected();
  const heard: string[] = [];
  const reported: unknown[] = [];
  Object.assign(globalThis, { reportError: (error: unknown) => reported.push(error) });
  function Listener({ mark }: { mark: string }): ReactNode {
    useSocketPacket('Echo', (text) => {
      heard.push(mark + text);
      if (text === 'bad') throw new Error('no');
    });
    return useSocketState();
  }
  const element = window.document.createElement('div') as unknown as HTMLElement;
  const root = createRoot(element);
  const show = (...marks: string[]) =>
    act(async () =>
      root.render(h(StrictMode, null, h(SocketProvider, { socket }, marks.map((mark, key) => h(Listener, { key, mark }))))),
    );
  await show('a', 'b');
  assert.equal(element.textContent, 'connectingconnecting');
  await act(async () => server.receive(welcome(packets.digest)));
  assert.equal(element.textContent, 'openopen');
  // The first of this end's packets by name is Bundle.
  const receive = (text: string) =>
    act(async () => server.receive(`10 ${text.length.toString(16).padStart(2, '0')}${Buffer.from(text).toString('hex')}`));
  await receive('hi');
  assert.deepEqual(heard.splice(0), ['ahi', 'bhi']);
  await receive('bad');
  await show('c');
  await receive('again');
  assert.deepEqual(heard, ['abad', 'bbad', 'cagain']);
  assert.equal(reported.length, 2);
  await act(async () => root.unmount());
  await receive('nobody');
  assert.equal(heard.length, 3);
  socket.close();
});

test('a component sends by the socket around it', async () => {
  const { socket, server } = connected();
  server.receive(welcome(packets.digest));
  server.take();
  function Sender(): ReactNode {
    useSocket().emit(['Echo', 'hi']);
    return useSocketState();
  }
  assert.equal(renderToString(h(SocketProvider, { socket }, h(Sender))), 'open');
  assert.deepEqual(server.take(), ['10026869']);
  assert.throws(() => renderToString(h(Sender)), { message: 'there is no SocketProvider around this component' });
  socket.close();
});

// Never called: what the compiler refuses is the test.
export function Compiles(): ReactNode {
  const socket: Socket<Types> = useSocket();
  // @ts-expect-error: no packet has this name
  useSocketPacket('Ecko', () => {});
  // @ts-expect-error: the data is of another type
  useSocketPacket('Echo', (data: number) => data);
  return String(socket.state);
}
