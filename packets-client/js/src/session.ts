import type { Agreement } from './agreement.js';
import { Calls } from './calls.js';
import type { Connection } from './connection.js';
import { PacketsError } from './error.js';
import { Control, Kind, frame } from './frame.js';
import { Inbox } from './inbox.js';
import type { Limits } from './limits.js';
import { Retained } from './retained.js';

/** What became of what was on its way when the last connection was lost. */
export type Recovered =
  /** The session is a new one: what was on its way, if there was one before, is lost. */
  | { readonly kind: 'new' }
  /** It goes on where it was: nothing is lost. */
  | { readonly kind: 'full' }
  /** It goes on, but so many frames of the server did not get here, and so many of this end not there. Calls in flight
   * have failed as `disconnected`. */
  | { readonly kind: 'gap'; readonly missed: number; readonly lost: number };

/** How many frames of this end the server has received, and the first of its own that it can still send. */
export interface Position {
  readonly received: number;
  readonly first: number;
}

const ACK_FRAMES = 64;
const ACK_BYTES = 16 << 10;
const ACK_TIME = 1_000;
/** A greeting names at most so many tokens. */
const MAX_TOKENS = 8;
/** So many answers are kept, in case they are asked for again. */
const MAX_ANSWERS = 256;

/** What both ends know of each other, over the connections that it lasts. Without one, it keeps what is sent. */
export class Session {
  readonly calls = new Calls();
  readonly inbox: Inbox;
  readonly id: Uint8Array;
  readonly agreement: Agreement;
  /** By which the server knows it: first that by which it was last heard of, then others, of which any may count. */
  readonly tokens: Uint8Array[] = [];
  readonly #retained: Retained;
  readonly #limits: Limits;
  /** Frames that wait for a connection. */
  readonly #held: Uint8Array<ArrayBuffer>[] = [];
  /** The answers to the server's calls that it may not have. */
  readonly #answers = new Map<number, Uint8Array<ArrayBuffer>>();
  #heldBytes = 0;
  #answerBytes = 0;
  #connection: Connection | undefined;
  #received = 0;
  #acknowledged = 0;
  #unacknowledgedBytes = 0;
  #ack: ReturnType<typeof setTimeout> | undefined;
  #hadGap = false;
  /** Until when the server keeps it without a connection. */
  #until = 0;

  constructor(connection: Connection, limits: Limits) {
    this.id = connection.welcome.session;
    this.agreement = connection.agreement;
    this.#limits = limits;
    this.inbox = new Inbox(limits);
    this.#retained = new Retained(limits);
    this.#attach(connection);
  }

  /** How many frames of the server it has received, and the first of its own that it can still send. */
  get position(): [bigint, bigint] {
    return [BigInt(this.#received), BigInt(this.#retained.first)];
  }

  get isAttached(): boolean {
    return this.#connection !== undefined;
  }

  /** Milliseconds for which the server still keeps it. */
  get timeLeft(): number {
    return this.#until - Date.now();
  }

  /** How many bytes wait in the WebSocket. */
  get buffered(): number {
    return this.#connection?.buffered ?? 0;
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (!this.#connection) {
      this.#held.push(frame);
      this.#heldBytes += frame.length;
    } else {
      if (this.tokens.length > 0) this.#retained.push(frame);
      this.#connection.send(frame);
    }
  }

  /** Whether so much waits for a connection that no more answers may. */
  get isFull(): boolean {
    return this.#heldBytes >= this.#limits.retainedBytes;
  }

  /** Answers a call of the server's. */
  answer(call: number, frame: Uint8Array<ArrayBuffer>): void {
    if (this.tokens.length > 0) {
      this.#forget(call);
      this.#answers.set(call, frame);
      this.#answerBytes += frame.length;
      for (const oldest of this.#answers.keys()) {
        if (this.#answers.size <= MAX_ANSWERS && this.#answerBytes <= this.#limits.retainedBytes) break;
        this.#forget(oldest);
      }
    }
    this.send(frame);
  }

  #forget(call: number): void {
    this.#answerBytes -= this.#answers.get(call)?.length ?? 0;
    this.#answers.delete(call);
  }

  /** Whether a call came before, which may be after a gap. One that was answered is answered again. */
  isRepeated(call: number): boolean {
    if (!this.#hadGap) return false;
    const answer = this.#answers.get(call);
    if (answer) this.send(answer);
    return answer !== undefined || this.inbox.has(call);
  }

  /** A frame of so many bytes came: the server is told now and then. */
  hear(bytes: number): void {
    this.#received++;
    if (this.tokens.length === 0) return;
    this.#unacknowledgedBytes += bytes;
    if (this.#received - this.#acknowledged >= ACK_FRAMES || this.#unacknowledgedBytes >= ACK_BYTES) this.#acknowledge();
    else this.#ack ??= setTimeout(() => this.#acknowledge(), ACK_TIME);
  }

  /**
   * The server has received so many frames.
   *
   * @throws {PacketsError} if so many were not sent.
   */
  acknowledged(received: number): void {
    this.#retained.acknowledge(received);
    if (this.#retained.frames.length) return;
    this.#answers.clear();
    this.#answerBytes = 0;
  }

  /** A greeting is about to name it, by this token, too. */
  offer(token: Uint8Array): void {
    this.tokens.push(token);
    if (this.tokens.length > MAX_TOKENS) this.tokens.splice(1, 1);
  }

  /** Its connection is gone. Whether it can go on by another. */
  detach(): boolean {
    this.#until = Date.now() + this.#connection!.welcome.keep;
    this.#connection = undefined;
    this.#forgetAck();
    return this.tokens.length > 0;
  }

  /**
   * It goes on by another connection, after the server stood there.
   *
   * @throws {PacketsError} if the server received what was not sent.
   */
  resume(connection: Connection, { received, first }: Position, reason: PacketsError): Recovered {
    this.acknowledged(received);
    const lost = this.#retained.first - received;
    const missed = Math.max(first - this.#received, 0);
    this.#received += missed;
    this.#attach(connection);
    for (const frame of this.#retained.frames) connection.send(frame);
    this.#heldBytes = 0;
    for (const frame of this.#held.splice(0)) this.send(frame);
    if (lost + missed === 0) return { kind: 'full' };
    this.#hadGap = true;
    for (const call of this.calls.fail(reason)) this.send(frame(Kind.Cancel, call));
    return { kind: 'gap', missed, lost };
  }

  /** It is over: calls fail for this reason. */
  end(reason: PacketsError): void {
    this.#forgetAck();
    this.calls.fail(reason);
    this.inbox.close();
  }

  #attach(connection: Connection): void {
    this.#connection = connection;
    const { token } = connection.welcome;
    this.tokens.length = 0;
    if (token.length) this.tokens.push(token);
    this.#acknowledged = this.#received;
  }

  #acknowledge(): void {
    this.#forgetAck();
    this.#acknowledged = this.#received;
    this.#connection!.send(frame(Kind.Control, Control.Ack, BigInt(this.#received)));
  }

  #forgetAck(): void {
    clearTimeout(this.#ack);
    this.#ack = undefined;
    this.#unacknowledgedBytes = 0;
  }
}
