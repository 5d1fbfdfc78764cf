/** For React: a socket that components share, and the packets that they listen to. */
import { createContext, createElement, useContext, useEffect, useRef, useSyncExternalStore, type ReactNode } from 'react';
import type { Data, Name } from './packet.js';
import type { Packets } from './packets.js';
import type { Socket, SocketState } from './socket.js';

/** What components use; each is typed by the program's packets. */
export interface SocketHooks<P> {
  /** Lets all components in it have the socket. Who makes the socket closes it. */
  SocketProvider(props: { socket: Socket<P>; children?: ReactNode }): ReactNode;
  /**
   * The socket of the provider around the component.
   *
   * @throws {Error} if there is none.
   */
  useSocket(): Socket<P>;
  /** The socket's state, anew whenever it changes. */
  useSocketState(): SocketState;
  /**
   * Calls `take` with every packet of a name that arrives while the component is there. Several components may listen to
   * the same, beside the acceptor. What `take` throws is reported, and it is called again for the next packet.
   */
  useSocketPacket<N extends Name<P>>(name: N, take: (data: Data<P, N>) => void): void;
}

/** The hooks for a program's packets: `export const { SocketProvider, useSocket, useSocketPacket } = socketHooks(packets);` */
export function socketHooks<P>(_packets: Packets<P>): SocketHooks<P> {
  const Shared = createContext<Socket<P> | undefined>(undefined);

  function useSocket(): Socket<P> {
    const socket = useContext(Shared);
    if (!socket) throw new Error('there is no SocketProvider around this component');
    return socket;
  }

  return {
    SocketProvider: ({ socket, children }) => createElement(Shared.Provider, { value: socket }, children),
    useSocket,
    useSocketState() {
      const socket = useSocket();
      const state = () => socket.state;
      return useSyncExternalStore((listener) => socket.subscribe(listener), state, state);
    },
    useSocketPacket(name, take) {
      const socket = useSocket();
      const latest = useRef(take);
      useEffect(() => {
        latest.current = take;
      });
      useEffect(() => {
        const packets = socket.packets(name);
        const listen = async () => {
          for await (const data of packets) {
            try {
              latest.current(data);
            } catch (error) {
              reportError(error);
            }
          }
        };
        void listen();
        return () => void packets.return();
      }, [socket, name]);
    },
  };
}
