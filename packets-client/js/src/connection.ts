import { Agreement, readManifest, type Adapter } from './agreement.js';
import { PacketsError } from './error.js';
import {
  ACK,
  GOAWAY,
  HELLO,
  MANIFEST,
  MANIFEST_REQUEST,
  RENEW,
  RESUMED,
  WELCOME,
  controlFrame,
  isControl,
  readFrame,
  type Frame,
} from './frame.js';
import type { Limits } from './limits.js';
import type { Packets } from './packets.js';
import type { Reader } from './reader.js';
import type { Position, Session } from './session.js';

/** The version of the protocol spoken here, and the WebSocket subprotocol that names it. */
const VERSION = 1;
export const SUBPROTOCOL = 'packets.v1';

/** Why a connection ended. */
export interface CloseReason {
  /** The WebSocket close code; 1005 if there was none, 1006 if the connection was lost. */
  readonly code: number;
  readonly reason: string;
  /** Whether this end closed it. */
  readonly isLocal: boolean;
}

/** What is needed of a WebSocket: the browser's, Node's, or that of the package `ws`. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** What a connection tells. */
export interface Listener {
  /** With where the server stands in the session, if that goes on. */
  opened(position: Position | undefined): void;
  /** A frame of so many bytes. */
  received(frame: Frame, size: number): void;
  /** So many frames of this end the server has received. */
  acknowledged(received: number): void;
  closed(reason: CloseReason): void;
}

/** What the server says of itself. */
interface Welcome {
  readonly session: Uint8Array;
  readonly digest: bigint;
  readonly maxMessage: number;
  readonly heartbeat: number;
  /** By which the session can be resumed, if it can. */
  readonly token: Uint8Array | undefined;
  /** Milliseconds for which the server keeps a session without a connection. */
  readonly keep: number;
}

/** One WebSocket: its greeting, then frames both ways, until it ends once. */
export class Connection {
  readonly #socket: WebSocketLike;
  readonly #packets: Packets<any>;
  readonly #limits: Limits;
  readonly #listener: Listener;
  /** Which session it is to go on with; `undefined` for a new one, `null` for one that is not resumed. */
  readonly #session: Session | undefined | null;
  readonly #adapt: Adapter | undefined;
  readonly #greeting: ReturnType<typeof setTimeout>;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #state: 'greeting' | 'resuming' | 'agreeing' | 'open' | 'closed' = 'greeting';
  /** Set when it is open. */
  agreement!: Agreement;
  welcome!: Welcome;
  /** Whether the server has said that it will close it. */
  isLeaving = false;
  /** Bytes of messages. */
  sent = 0;
  heard = 0;

  constructor(
    socket: WebSocketLike,
    packets: Packets<any>,
    limits: Limits,
    session: Session | undefined | null,
    adapt: Adapter | undefined,
    listener: Listener,
  ) {
    this.#socket = socket;
    this.#packets = packets;
    this.#limits = limits;
    this.#session = session;
    this.#adapt = adapt;
    this.#listener = listener;
    this.#greeting = setTimeout(() => this.close(4408, 'the server did not greet in time'), limits.handshakeTimeout);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#end({ code, reason, isLocal: false });
    // It is followed by a close, which says more.
    socket.onerror = () => {};
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** How many bytes wait in the WebSocket. */
  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  /** The largest frame that can be sent. */
  get maxSend(): number {
    return Math.min(this.#limits.maxSend, this.welcome.maxMessage);
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#state === 'closed') return;
    this.sent += frame.length;
    this.#socket.send(frame);
  }

  /** Tells the server another credential. */
  renew(credential: string): void {
    this.send(controlFrame(RENEW, (writer) => writer.string(credential)));
  }

  /** Ends it, unless it has ended. */
  close(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    try {
      this.#socket.close(code, reason);
    } catch {
      // A browser sends none of the protocol's own codes below 3000 but 1000.
      this.#socket.close(code + 3000, reason);
    }
    this.#end({ code, reason, isLocal: true });
  }

  #end(reason: CloseReason): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#greeting);
    this.#held.length = 0;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#listener.closed(reason);
  }

  #receive(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) return this.close(1003, 'a text message, where packets are binary');
    const message = new Uint8Array(data);
    this.heard += message.length;
    if (message.length > this.#limits.maxMessage) return this.close(1009, 'a message is beyond the limit');
    if (this.#state === 'agreeing' && !isControl(message)) return this.#hold(message);
    this.#take(message);
  }

  #take(message: Uint8Array): void {
    let frame: Frame;
    try {
      frame = readFrame(message);
      if (frame.kind === 'control') return this.#control(frame.control, frame.reader);
      if (this.#state !== 'open') throw new PacketsError('decode', 'the first frame is no greeting');
    } catch (error) {
      if (!(error instanceof PacketsError)) throw error;
      return this.close(1002, error.message);
    }
    this.#listener.received(frame, message.length);
  }

  /** Keeps a frame back until the manifest is there, by which its ids are understood. */
  #hold(message: Uint8Array): void {
    this.#held.push(message);
    this.#heldBytes += message.length;
    if (this.#held.length > this.#limits.inbox || this.#heldBytes > this.#limits.queueBytes) {
      this.close(1002, 'too many frames before the manifest');
    }
  }

  #control(control: number, reader: Reader): void {
    if (control === WELCOME && this.#state === 'greeting') return this.#greet(reader);
    if (control === MANIFEST && this.#state === 'agreeing') {
      return this.#open(new Agreement(this.#packets, readManifest(reader), this.#adapt));
    }
    if (control === RESUMED && this.#state === 'resuming') {
      if (reader.varuint() !== 0) return this.#agree();
      return this.#open(this.#session!.agreement, { received: count(reader), first: count(reader) });
    }
    if (control === ACK && this.isOpen) return this.#listener.acknowledged(count(reader));
    if (control === GOAWAY) this.isLeaving = true;
    // Others are of a later version.
    else if (control <= ACK) this.close(1002, 'a control frame out of place');
  }

  #greet(reader: Reader): void {
    const version = reader.varuint();
    if (version !== VERSION) {
      return this.close(4406, `protocol version ${version}, where this end speaks ${VERSION}`);
    }
    this.welcome = {
      session: reader.copy(reader.varuint()),
      digest: reader.uint64(),
      maxMessage: reader.varuint(),
      heartbeat: reader.varuint(),
      ...readOffer(reader),
    };
    if (this.welcome.session.length !== 16) return this.close(1002, 'a session id is not 16 bytes');
    const { token } = this.welcome;
    const session = this.#session;
    const tokens = session?.tokens ?? [];
    this.send(
      controlFrame(HELLO, (writer) => {
        writer.varuint(VERSION);
        writer.uint64(this.#packets.digest);
        writer.varuint(this.#limits.maxMessage);
        if (!token || session === null) return;
        writer.varuint(tokens.reduce((size, token) => size + token.length, 0));
        for (const token of tokens) writer.put(token);
        const { received, first } = session?.position ?? { received: 0, first: 0 };
        writer.uint64(BigInt(received));
        writer.uint64(BigInt(first));
      }),
    );
    if (!token || tokens.length === 0) return this.#agree();
    session!.offer(token);
    this.#state = 'resuming';
  }

  #agree(): void {
    if (this.welcome.digest === this.#packets.digest) return this.#open(new Agreement(this.#packets));
    this.#state = 'agreeing';
    this.send(controlFrame(MANIFEST_REQUEST, () => {}));
  }

  #open(agreement: Agreement, position?: Position): void {
    clearTimeout(this.#greeting);
    this.#state = 'open';
    this.agreement = agreement;
    this.#listener.opened(position);
    for (const message of this.#held.splice(0)) if (this.isOpen) this.#take(message);
  }
}

/** What a session can be resumed by: it may be absent. */
function readOffer(reader: Reader): Pick<Welcome, 'token' | 'keep'> {
  const token = reader.at < reader.end ? reader.copy(reader.varuint()) : undefined;
  return token && token.length > 0 ? { token, keep: reader.varuint() } : { token: undefined, keep: 0 };
}

/** A number of frames, which is exact up to 2⁵³. */
function count(reader: Reader): number {
  return Number(reader.uint64());
}
