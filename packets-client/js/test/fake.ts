import type { WebSocketClass } from '../dist/index.js';
import type { WebSocketLike } from '../dist/connection.js';
import { hex, unhex } from './notation.js';

/** A WebSocket whose other end is the test. */
export class FakeSocket implements WebSocketLike {
  binaryType = '';
  bufferedAmount = 0;
  onmessage: WebSocketLike['onmessage'] = null;
  onclose: WebSocketLike['onclose'] = null;
  onerror: WebSocketLike['onerror'] = null;
  /** What was sent and not yet looked at, in hexadecimal digits. */
  sent: string[] = [];
  closed: [code?: number, reason?: string] | undefined;

  send(data: Uint8Array): void {
    this.sent.push(hex(data));
  }

  /** As browsers do. */
  close(code?: number, reason?: string): void {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) throw new DOMException('InvalidAccessError');
    this.closed = reason === undefined ? [code!] : [code!, reason];
  }

  /** A message of the server's, in hexadecimal digits. */
  receive(...parts: string[]): void {
    const bytes = unhex(parts.join('').replaceAll(' ', ''));
    this.onmessage?.({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
  }

  /** What was sent since this was last called. */
  take(): string[] {
    return this.sent.splice(0);
  }
}

/** A class of WebSockets, and those that were made of it. */
export function fake(): { WebSocket: WebSocketClass; sockets: FakeSocket[]; urls: string[] } {
  const sockets: FakeSocket[] = [];
  const urls: string[] = [];
  const WebSocket = class extends FakeSocket {
    constructor(url: string) {
      super();
      sockets.push(this);
      urls.push(url);
    }
  };
  return { WebSocket, sockets, urls };
}

/** WELCOME with this digest: version 1, a session, 64 KiB at most, pings after 25 s. */
export function welcome(digest: bigint, maxMessage = '808004'): string {
  return `05 01 10 000102030405060708090a0b0c0d0e0f ${digest.toString(16).padStart(16, '0')} ${maxMessage} a8c301`;
}

/** Lets what is ready run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
