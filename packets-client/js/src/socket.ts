import type { Acceptor } from './acceptor.js';
import type { Adapter } from './agreement.js';
import { DEFAULT_BACKOFF, delay, type Backoff } from './backoff.js';
import { answerOf, encodeBody, translate, type Given } from './bundle.js';
import { Call, type SendOptions } from './calls.js';
import { Connection, SUBPROTOCOL, type CloseReason, type Traffic, type WebSocketLike } from './connection.js';
import { Dispatcher } from './dispatch.js';
import { PacketsError, decodeError, report } from './error.js';
import { Control, Kind, MAX_CALL, frame, readReject, reject, rejectParts } from './frame.js';
import { heartbeat, type Heartbeat } from './heartbeat.js';
import { DEFAULT_LIMITS, timerTime, type Limits } from './limits.js';
import type { BundlePacket, Data, Name, NamedPacket, Packet, Response, ResponseTo } from './packet.js';
import type { Descriptor, Packets } from './packets.js';
import { currentPage, type Page } from './page.js';
import type { Reader } from './reader.js';
import { Session, type Position, type Recovered } from './session.js';
import type { PacketStream } from './stream.js';

/** Makes a WebSocket: a browser's or Node's class, or that of the package `ws`. */
export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

/** How a socket is set up. Everything has a default. */
export interface SocketOptions {
  /** The global `WebSocket`, unless it is given. */
  WebSocket?: WebSocketClass;
  /** How it connects again; `false`: not at all. */
  reconnect?: Partial<Backoff> | false;
  /** Whether its session goes on when a connection is lost, if the server has that. It does. */
  resume?: boolean;
  /**
   * What makes sense of packets whose schemas are not the server's, if they are of different builds: `adapt` of
   * `packets-client/adapt`. Without it, such a packet fails as `incompatible`.
   */
  adapt?: Adapter;
  limits?: Partial<Limits>;
  /** Whether the server is told the text of acceptors' own errors. Else it is told `error`. */
  exposeErrors?: boolean;
  /** The origins beside the page's own that a Redirect may lead to, such as `https://login.example`. None. */
  redirectOrigins?: readonly string[];
  /** What Redirect and Refresh act on. The page that this runs in; a worker and Node have none. */
  page?: Page;
}

/** `connecting` for the first time or again, `open`, `waiting` before it connects again, `closed` for good. */
export type SocketState = 'connecting' | 'open' | 'waiting' | 'closed';

/** A packet that is encoded, and the call that it is if it asks for an answer. */
interface Outgoing {
  readonly packet: Descriptor;
  readonly body: Uint8Array;
  readonly call?: Call;
}

/** Close codes after which another attempt would end as this one did: who asks is not let in, or speaks another version. */
const FINAL = [4401, 4403, 4406];

/** Those that may well come again, however long the connection held: the backoff goes on. */
const LATER = [1002, 1003, 1008, 1009, 4410];

const TOO_MANY = 'too many packets wait';

/** How often it is looked whether a WebSocket has written what it holds: it does not tell. */
const DRAIN_TIME = 20;

/**
 * A connection to a server that lasts: when it ends it is made again, until it is closed.
 *
 * What is sent before it is open waits in a queue. If the server resumes sessions, the next connection goes on where a
 * lost one was. Else what was written when a connection ends may have been acted on, or not: those calls fail as
 * `disconnected`.
 */
export class Socket<P> {
  readonly #packets: Packets<P>;
  readonly #url: string;
  readonly #options: SocketOptions;
  readonly #limits: Limits;
  readonly #backoff: Backoff | undefined;
  readonly #dispatcher: Dispatcher<Socket<P>>;
  readonly #subscribers = new Set<() => void>();
  readonly #queue: Outgoing[] = [];
  readonly #traffic: Traffic = { sent: 0, received: 0 };
  /** Aborted when it is closed for good. */
  readonly #over = new AbortController();
  #queuedBytes = 0;
  #state: SocketState = 'connecting';
  #connection!: Connection;
  /** The last one, if it has not ended. */
  #session: Session | undefined;
  #recovered: Recovered | undefined;
  #expiry: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: Heartbeat | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #drain: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #openedAt = 0;
  #closeReason: CloseReason | undefined;

  /**
   * Connects. A relative URL is the page's.
   *
   * @throws {TypeError} if it is no URL.
   */
  constructor(packets: Packets<P>, url: string, options: SocketOptions = {}) {
    const page = options.page ?? currentPage();
    const wake = () => {
      if (!globalThis.document?.hidden) this.wake();
    };
    this.#packets = packets;
    this.#url = new URL(url, page?.href).href.replace(/^http/, 'ws');
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#backoff = options.reconnect === false ? undefined : { ...DEFAULT_BACKOFF, ...options.reconnect };
    this.#dispatcher = new Dispatcher<Socket<P>>(this, options.exposeErrors ?? false, page, options.redirectOrigins ?? []);
    globalThis.addEventListener?.('online', wake, this.#over);
    globalThis.document?.addEventListener('visibilitychange', wake, this.#over);
    this.#connect();
  }

  get #resumes(): boolean {
    return this.#options.resume !== false && this.#backoff !== undefined;
  }

  get state(): SocketState {
    return this.#state;
  }

  /** Why the last connection ended, if one has. */
  get closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  /** The session's id, which the server knows too; 16 bytes, if it is open or may go on. */
  get session(): Uint8Array | undefined {
    return this.#session?.id;
  }

  /** What became of what was on its way when the connection before was lost; nothing before it is open. */
  get recovered(): Recovered | undefined {
    return this.#recovered;
  }

  /** How many bytes of messages went either way so far, without those that WebSockets add. */
  get traffic(): Traffic {
    return { ...this.#traffic };
  }

  /** Calls `listener` when the state changes, and when all that waited is written, until what it returns is called.
   * What it throws goes to `reportError`, or the console. */
  subscribe(listener: () => void): () => void {
    this.#subscribers.add(listener);
    return () => void this.#subscribers.delete(listener);
  }

  /**
   * Resolves when it is open and nothing waits to be written: at once, mostly.
   *
   * @throws {PacketsError} of kind `disconnected` if it is closed for good.
   */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#state === 'closed') reject(this.#disconnected());
        else if (this.#state === 'open' && this.#queue.length === 0) resolve();
        else return;
        stop();
      };
      const stop = this.subscribe(look);
      look();
    });
  }

  /**
   * Asks the server, and resolves to the response.
   *
   * @throws {ValidationError} with which the server's acceptor refused the packet, {RejectError} if it could not
   * answer, {PacketsError} if there is no answer.
   */
  send<N extends Name<P>>(packet: NamedPacket<P, N>, options?: SendOptions): Promise<Response<P, N>>;
  /** Asks with several packets in one, and resolves to a result for each. */
  send<const B extends readonly Packet<P>[]>(
    packet: readonly ['Bundle', B],
    options?: SendOptions,
  ): Promise<ResponseTo<P, readonly ['Bundle', B]>>;
  async send(packet: Given, options: SendOptions = {}): Promise<any> {
    const { signal, timeout = this.#limits.callTimeout } = options;
    signal?.throwIfAborted();
    const outgoing = this.#outgoing(packet);
    const call = new Call(answerOf(this.#packets, packet), timeout, signal, (call) => this.#abandon(call));
    this.#enqueue({ ...outgoing, call });
    return call.response;
  }

  /**
   * Sends a packet that asks nothing.
   *
   * @throws {PacketsError} if it cannot be sent. One that had to wait for a connection is dropped without a word if
   * that connection's server does not take it.
   */
  emit<N extends Name<P>>(packet: NamedPacket<P, N>): void;
  emit(packet: BundlePacket<P>): void;
  emit(packet: Given): void {
    const outgoing = this.#outgoing(packet);
    if (this.#queue.length === 0 && this.#canWrite(outgoing)) this.#write(outgoing);
    else this.#enqueue(outgoing);
  }

  /** Sets what accepts a packet of the server's; what is returned takes it back. There is one acceptor a packet. */
  accept<N extends Name<P>>(name: N, acceptor: Acceptor<Data<P, N>, Response<P, N>, Socket<P>>): () => void {
    this.#packets.get(name);
    return this.#dispatcher.set(name, acceptor);
  }

  /** The packets of a name as they arrive: `for await (const data of socket.packets('Move'))`. */
  packets<N extends Name<P>>(name: N): PacketStream<Data<P, N>> {
    this.#packets.get(name);
    return this.#dispatcher.stream(name, this.#limits.stream);
  }

  /**
   * Tells the server another credential, such as a bearer token, on the live connection. One that it refuses ends the
   * connection with 4401, as the end of a credential's time does. It takes six at once, and one every 10 s in the long
   * run.
   *
   * @throws {PacketsError} of kind `disconnected` if it is not open: the next request has its own credential.
   */
  renew(credential: string): void {
    if (this.#state !== 'open') throw this.#disconnected();
    this.#connection.send(frame(Kind.Control, Control.Renew, credential));
  }

  /** Ends it for good. What waits fails as `disconnected`. */
  close(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'waiting') this.#finish({ code: 1000, reason: '', isLocal: true });
    else {
      this.#state = 'closed';
      this.#connection.close(1000, '');
    }
  }

  /** Connects at once if it waits to; looks after the connection if there is one. A page does so by itself when it
   * comes to the front, or online. */
  wake(): void {
    if (this.#state === 'waiting') this.#connect();
    else this.#heartbeat?.wake();
  }

  #connect(): void {
    clearTimeout(this.#timer);
    const { WebSocket = globalThis.WebSocket as unknown as WebSocketClass, adapt } = this.#options;
    const webSocket = new WebSocket(this.#url, [SUBPROTOCOL]);
    const session = this.#resumes ? this.#session : null;
    this.#connection = new Connection(webSocket, this.#packets, this.#limits, session, adapt, this.#traffic, {
      opened: (position) => this.#opened(position),
      received: (kind, number, reader) => this.#received(kind, number, reader),
      acknowledged: (received) => {
        this.#heartbeat?.hear();
        this.#session!.acknowledged(received);
      },
      closed: (reason) => this.#closed(reason),
    });
    this.#become('connecting');
  }

  #opened(position: Position | undefined): void {
    this.#openedAt = Date.now();
    clearTimeout(this.#expiry);
    const connection = this.#connection;
    if (position) this.#recovered = this.#session!.resume(connection, position, this.#disconnected());
    else {
      this.#session?.end(this.#disconnected());
      this.#session = new Session(connection, this.#limits);
      this.#recovered = { kind: 'new' };
    }
    // The server's pings cannot be seen here; ours come when it should have sent one.
    const silence = connection.welcome.heartbeat;
    const interval = Math.max(this.#limits.heartbeatInterval, silence * 1.25);
    const timeout = Math.max(this.#limits.heartbeatTimeout, silence * 2.5);
    this.#heartbeat = heartbeat(
      interval,
      Math.max(timeout - interval, 1),
      () => this.#askForLife(),
      () => connection.close(4409, 'silent'),
    );
    this.#become('open');
    this.#flush();
  }

  /** A bundle of nothing: every server answers it. */
  #askForLife(): void {
    const bundle = this.#packets.get('Bundle');
    const call = new Call(() => {}, this.#limits.heartbeatTimeout, undefined, (call) => this.#abandon(call));
    call.response.catch(() => {});
    this.#write({ packet: bundle, body: new Uint8Array(1), call });
  }

  #closed(reason: CloseReason): void {
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    this.#closeReason = reason;
    if (this.#session?.isAttached && !this.#lose(this.#session, reason)) this.#end();
    if (this.#state === 'closed' || !this.#backoff || FINAL.includes(reason.code)) return this.#finish(reason);
    const isStable = this.#openedAt && !LATER.includes(reason.code);
    if (isStable && Date.now() - this.#openedAt >= this.#backoff.stable) this.#attempt = 0;
    this.#openedAt = 0;
    this.#timer = setTimeout(() => this.#connect(), delay(this.#backoff, this.#attempt++, Math.random()));
    this.#become('waiting');
    this.#expire();
  }

  /** Its connection is gone. Whether it may go on by another: not if that was closed. */
  #lose(session: Session, { code, isLocal }: CloseReason): boolean {
    const isLost = code === (isLocal ? 4409 : 1006) && !this.#connection.isLeaving;
    return session.detach() && isLost && this.#resumes;
  }

  /** Ends a session that the server does not keep any more, unless a greeting is about to find out. */
  #expire(): void {
    clearTimeout(this.#expiry);
    if (this.#state !== 'waiting' || !this.#session) return;
    const { timeLeft } = this.#session;
    if (timeLeft > 0) this.#expiry = setTimeout(() => this.#expire(), timerTime(timeLeft));
    else this.#end();
  }

  #end(): void {
    this.#session?.end(this.#disconnected());
    this.#session = undefined;
  }

  #finish(reason: CloseReason): void {
    this.#closeReason = reason;
    clearTimeout(this.#expiry);
    this.#end();
    clearTimeout(this.#timer);
    clearTimeout(this.#drain);
    this.#over.abort();
    for (const { call } of this.#queue.splice(0)) call?.fail(this.#disconnected());
    this.#queuedBytes = 0;
    this.#dispatcher.finish();
    this.#become('closed');
  }

  #become(state: SocketState): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#subscribers]) {
      try {
        listener();
      } catch (error) {
        report(error);
      }
    }
  }

  #disconnected(): PacketsError {
    const { code, reason } = this.#closeReason ?? { code: 1006, reason: '' };
    return new PacketsError('disconnected', `the connection ended: ${code} ${reason}`.trimEnd());
  }

  /** A packet that is encoded, if it can be queued. */
  #outgoing(packet: Given): Outgoing {
    const body = encodeBody(this.#packets, packet);
    if (this.#state === 'closed') throw this.#disconnected();
    const { queueFrames, queueBytes } = this.#limits;
    const { length } = this.#queue;
    // A single packet may be larger than all that may wait.
    if (length && (length >= queueFrames || this.#queuedBytes + body.length > queueBytes)) {
      throw new PacketsError('full', TOO_MANY);
    }
    return { packet: this.#packets.get(packet[0]), body };
  }

  #enqueue(outgoing: Outgoing): void {
    this.#queue.push(outgoing);
    this.#queuedBytes += outgoing.body.length;
    this.#flush();
  }

  #canWrite({ call }: Outgoing): boolean {
    const connection = this.#connection;
    if (!connection.isOpen) return false;
    const hasCall = !call || this.#session!.calls.size < this.#limits.calls;
    return hasCall && connection.buffered <= this.#limits.queueBytes;
  }

  /** Writes what waits, as far as it can be. */
  #flush(): void {
    if (this.#queue.length === 0) return;
    while (this.#queue.length > 0 && this.#canWrite(this.#queue[0]!)) {
      const outgoing = this.#queue.shift()!;
      this.#queuedBytes -= outgoing.body.length;
      try {
        this.#write(outgoing);
      } catch (error) {
        outgoing.call?.fail(error);
      }
    }
    if (this.#queue.length === 0) return this.#tell();
    clearTimeout(this.#drain);
    if (this.#connection.isOpen) this.#drain = setTimeout(() => this.#flush(), DRAIN_TIME);
  }

  #write({ packet, body, call }: Outgoing): void {
    const { maxSend } = this.#connection;
    const session = this.#session!;
    const { agreement } = session;
    const { id } = agreement.outgoing(packet);
    const sent = translate(packet, body, this.#packets, agreement);
    // The head has at most 12 bytes.
    if (sent.length + 12 > maxSend) {
      throw new PacketsError('tooLarge', `${packet.name} takes ${sent.length} bytes, of ${maxSend} that may be sent`);
    }
    if (!call) return session.send(frame(Kind.Packet, id, sent));
    const timeLeft = timerTime(Math.ceil(call.deadline - Date.now()));
    session.send(frame(Kind.Call, id, session.calls.add(call), timeLeft, sent));
  }

  /** Nobody waits for a call's answer any more. */
  #abandon(call: Call): void {
    const place = this.#queue.findIndex((outgoing) => outgoing.call === call);
    if (place >= 0) {
      this.#queuedBytes -= this.#queue[place]!.body.length;
      this.#queue.splice(place, 1);
    } else if (this.#session?.calls.take(call.id)) {
      this.#session.send(frame(Kind.Cancel, call.id));
      this.#flush();
    }
  }

  #received(kind: Kind, number: number, reader: Reader): void {
    this.#heartbeat?.hear();
    const session = this.#session!;
    const { agreement, calls, inbox } = session;
    session.hear(reader.end);
    if (kind === Kind.Packet) {
      const packet = agreement.incoming(number);
      const body = reader.rest();
      inbox.packet((signal) => this.#dispatcher.accept(packet, body, agreement, { answer: false, signal }));
    } else if (kind === Kind.Call) this.#called(session, number, reader);
    else if (kind === Kind.Reply) calls.take(number)?.settle(reader.rest(), agreement);
    else if (kind === Kind.Reject) {
      const error = readReject(reader);
      calls.take(number)?.fail(error);
    } else if (kind === Kind.Cancel) {
      reader.finish();
      inbox.cancel(number);
    } else throw decodeError('an unknown frame');
    this.#flush();
  }

  #called(session: Session, id: number, reader: Reader): void {
    const call = reader.varuint();
    const timeLeft = reader.varuint();
    const body = reader.rest();
    if (!call || call > MAX_CALL) throw decodeError('no call id');
    if (session.isRepeated(call)) return;
    const { agreement } = session;
    const { maxSend } = this.#connection;
    const packet = agreement.incoming(id);
    const accept = (signal: AbortSignal) => {
      const answer = this.#dispatcher.accept(packet, body, agreement, { answer: true, signal });
      return answer && this.#paced(answer, session);
    };
    session.inbox.call(call, timeLeft, accept, (answer) => {
      let result = answer;
      if (!(answer instanceof Error)) {
        if (answer.length + 5 > maxSend) result = reject('failed', 'the response is too large');
        else if (session.isFull) result = reject('overloaded', TOO_MANY);
      }
      session.answer(
        call,
        result instanceof Error ? frame(Kind.Reject, call, ...rejectParts(result)) : frame(Kind.Reply, call, result),
      );
    });
  }

  /** Answers no faster than they are read. */
  async #paced(answer: Promise<Uint8Array>, session: Session): Promise<Uint8Array> {
    const body = await answer;
    while (session.buffered > this.#limits.queueBytes) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_TIME));
    }
    return body;
  }
}
