import { Agreement, readManifest, type Adapter } from './agreement.js';
import { PacketsError, decodeError } from './error.js';
import { Control, Kind, frame } from './frame.js';
import type { Limits } from './limits.js';
import type { Packets } from './packets.js';
import { Reader } from './reader.js';
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

/** What a connection tells. An error of kind `decode` that it throws ends the connection. */
export interface Listener {
  /** With where the server stands in the session, if that goes on. */
  opened(position: Position | undefined): void;
  /** A frame: its kind, its number, and what follows. */
  received(kind: Kind, number: number, reader: Reader): void;
  /** So many frames of this end the server has received. */
  acknowledged(received: number): void;
  closed(reason: CloseReason): void;
}

/** How many bytes of messages went either way, without those that WebSockets add. */
export interface Traffic {
  sent: number;
  received: number;
}

/** What the server says of itself. */
interface Welcome {
  readonly session: Uint8Array;
  readonly digest: bigint;
  readonly maxMessage: number;
  readonly heartbeat: number;
  /** By which the session can be resumed; empty if it cannot. */
  readonly token: Uint8Array;
  /** Milliseconds for which the server keeps a session without a connection. */
  readonly keep: number;
}

const enum State {
  Greeting,
  Resuming,
  Agreeing,
  Open,
  Closed,
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
  readonly #traffic: Traffic;
  readonly #greeting: ReturnType<typeof setTimeout>;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #state = State.Greeting;
  /** Set when it is open. */
  agreement!: Agreement;
  welcome!: Welcome;
  /** Whether the server has said that it will close it. */
  isLeaving = false;

  constructor(
    socket: WebSocketLike,
    packets: Packets<any>,
    limits: Limits,
    session: Session | undefined | null,
    adapt: Adapter | undefined,
    traffic: Traffic,
    listener: Listener,
  ) {
    this.#socket = socket;
    this.#packets = packets;
    this.#limits = limits;
    this.#session = session;
    this.#adapt = adapt;
    this.#traffic = traffic;
    this.#listener = listener;
    this.#greeting = setTimeout(() => this.close(4408, 'no greeting'), limits.handshakeTimeout);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#end({ code, reason, isLocal: false });
    // It is followed by a close, which says more.
    socket.onerror = () => {};
  }

  get isOpen(): boolean {
    return this.#state === State.Open;
  }

  /** How many bytes wait in the WebSocket. */
  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  /** The largest frame that can be sent. */
  get maxSend(): number {
    return Math.min(this.#limits.maxSend, this.welcome.maxMessage);
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#state === State.Closed) return;
    this.#traffic.sent += message.length;
    this.#socket.send(message);
  }

  /** Ends it, unless it has ended. */
  close(code: number, reason: string): void {
    if (this.#state === State.Closed) return;
    try {
      this.#socket.close(code, reason);
    } catch {
      // A browser sends none of the protocol's own codes below 3000 but 1000.
      this.#socket.close(code + 3000, reason);
    }
    this.#end({ code, reason, isLocal: true });
  }

  #end(reason: CloseReason): void {
    if (this.#state === State.Closed) return;
    this.#state = State.Closed;
    clearTimeout(this.#greeting);
    this.#held.length = 0;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#listener.closed(reason);
  }

  #receive(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) return this.close(1003, 'text');
    const message = new Uint8Array(data);
    this.#traffic.received += message.length;
    if (message.length > this.#limits.maxMessage) return this.close(1009, 'too large');
    if (this.#state !== State.Agreeing || (message[0]! & 7) === Kind.Control) return this.#take(message);
    // It is kept back until the manifest is there, by which its ids are understood.
    this.#held.push(message);
    this.#heldBytes += message.length;
    if (this.#held.length > this.#limits.inbox || this.#heldBytes > this.#limits.queueBytes) {
      this.close(1002, 'too many frames');
    }
  }

  #take(message: Uint8Array): void {
    try {
      const reader = new Reader(message);
      const head = reader.varuint();
      const kind = head & 7;
      const number = head >>> 3;
      if (kind === Kind.Control) this.#control(number, reader);
      else if (this.isOpen) this.#listener.received(kind, number, reader);
      else throw decodeError('no greeting');
    } catch (error) {
      if (!(error instanceof PacketsError) || error.kind !== 'decode') throw error;
      this.close(1002, error.message);
    }
  }

  #control(control: Control, reader: Reader): void {
    if (control === Control.Welcome && this.#state === State.Greeting) this.#greet(reader);
    else if (control === Control.Manifest && this.#state === State.Agreeing) {
      this.#open(new Agreement(this.#packets, readManifest(reader), this.#adapt));
    } else if (control === Control.Resumed && this.#state === State.Resuming) {
      if (reader.varuint()) this.#agree();
      else this.#open(this.#session!.agreement, { received: count(reader), first: count(reader) });
    } else if (control === Control.Ack && this.isOpen) this.#listener.acknowledged(count(reader));
    else if (control === Control.GoAway) this.isLeaving = true;
    // Others are of a later version.
    else if (control <= Control.Ack) throw decodeError('a control frame out of place');
  }

  #greet(reader: Reader): void {
    const version = reader.varuint();
    if (version !== VERSION) {
      return this.close(4406, `protocol version ${version}, not ${VERSION}`);
    }
    const session = this.#session;
    const tokens = session?.tokens ?? [];
    const welcome = {
      session: reader.copy(reader.varuint()),
      digest: reader.uint64(),
      maxMessage: reader.varuint(),
      heartbeat: reader.varuint(),
      // What a session can be resumed by may be absent.
      token: reader.copy(reader.at < reader.end ? reader.varuint() : 0),
    };
    const { token } = welcome;
    this.welcome = { ...welcome, keep: token.length ? reader.varuint() : 0 };
    if (welcome.session.length !== 16) throw decodeError('no session id');
    const claim = [tokens.reduce((size, token) => size + token.length, 0), ...tokens, ...(session?.position ?? [0n, 0n])];
    this.send(
      frame(
        Kind.Control,
        Control.Hello,
        VERSION,
        this.#packets.digest,
        this.#limits.maxMessage,
        ...(token.length && session !== null ? claim : []),
      ),
    );
    if (!token.length || !tokens.length) return this.#agree();
    session!.offer(token);
    this.#state = State.Resuming;
  }

  #agree(): void {
    if (this.welcome.digest === this.#packets.digest) return this.#open(new Agreement(this.#packets));
    this.#state = State.Agreeing;
    this.send(frame(Kind.Control, Control.ManifestRequest));
  }

  #open(agreement: Agreement, position?: Position): void {
    clearTimeout(this.#greeting);
    this.#state = State.Open;
    this.agreement = agreement;
    this.#listener.opened(position);
    for (const message of this.#held.splice(0)) if (this.isOpen) this.#take(message);
  }
}

/** A number of frames: below 2⁵³, up to which they are exact. */
function count(reader: Reader): number {
  const count = Number(reader.uint64());
  if (count >= 2 ** 53) throw decodeError('too many frames');
  return count;
}
