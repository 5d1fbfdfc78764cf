import type { Way } from './agreement.js';
import { decode, encode } from './codec.js';
import { PacketsError, RejectError, ValidationError } from './error.js';
import { reject } from './frame.js';
import { MAX_TIME, type Limits } from './limits.js';
import type { Descriptor } from './packets.js';

/** Beside the packet, what an acceptor is given. */
export interface Context<S> {
  readonly socket: S;
  /** Aborted when nobody waits for the response any more: the call was cancelled, is late, or the connection ended. */
  readonly signal: AbortSignal;
}

/** What a response may be: nothing at all where there is none. */
type Responds<R> = R extends undefined ? void | R : R;

/**
 * What takes a packet in. `validate` refuses it by throwing a `ValidationError`, `respond` answers it; either may be
 * asynchronous. A function is `respond` alone.
 */
export type Acceptor<D, R, S> =
  | ((data: D, context: Context<S>) => Responds<R> | Promise<Responds<R>>)
  | {
      validate?(data: D, context: Context<S>): void | Promise<void>;
      respond?(data: D, context: Context<S>): Responds<R> | Promise<Responds<R>>;
    };

/** The response's bytes. What goes wrong comes out as the reject that the other end is told. */
export async function respond<S>(
  acceptor: Acceptor<any, any, S>,
  packet: Descriptor,
  data: unknown,
  context: Context<S>,
  exposeErrors: boolean,
): Promise<Uint8Array> {
  try {
    const both = typeof acceptor === 'function' ? { respond: acceptor } : acceptor;
    // Without a pause where there is nothing to wait for, so that acceptors start in the order of their packets.
    const valid = both.validate?.(data, context);
    if (valid) await valid;
    return encode(packet.answer, await both.respond?.(data, context));
  } catch (error) {
    if (error instanceof ValidationError || error instanceof RejectError) throw error;
    throw reject('failed', exposeErrors && error instanceof Error ? error.message : 'error');
  }
}

/** The data of a body. */
export function dataOf(packet: Descriptor, body: Uint8Array, way: Way | undefined): unknown {
  try {
    return decode(packet.data, way?.body(body) ?? body);
  } catch (error) {
    throw refusal(error);
  }
}

/** The answer as the server reads it. */
export async function answered(answer: Promise<Uint8Array>, way: Way | undefined): Promise<Uint8Array> {
  const body = await answer;
  try {
    return way?.answer(body) ?? body;
  } catch (error) {
    throw refusal(error);
  }
}

/** The reject that tells of bytes that cannot be read, or not be said in the other end's schema. */
export function refusal(error: unknown): unknown {
  if (!(error instanceof PacketsError)) return error;
  return reject(error.kind === 'incompatible' ? error.kind : 'malformed', error.message);
}

/** Runs what accepts packets, so many at a time, and starts it in the order in which they arrive. */
export class Inbox {
  readonly #limits: Limits;
  readonly #calls = new Map<number, AbortController>();
  readonly #waiting: (() => Promise<unknown> | undefined)[] = [];
  readonly #packets = new AbortController();
  #running = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Accepts a packet that wants no answer. It waits if too many run, and is dropped if too many wait. */
  packet(accept: (signal: AbortSignal) => Promise<unknown> | undefined): void {
    const start = () => accept(this.#packets.signal);
    if (this.#running < this.#limits.acceptors) this.#run(start);
    else if (this.#waiting.length < this.#limits.inbox) this.#waiting.push(start);
  }

  /**
   * Accepts a call. `done` is called once with its answer, unless it is cancelled.
   *
   * @throws {PacketsError} if a call of that id is pending.
   */
  call(
    id: number,
    timeLeft: number,
    accept: (signal: AbortSignal) => Promise<Uint8Array> | undefined,
    done: (answer: Uint8Array | PacketsError) => void,
  ): void {
    if (this.#calls.has(id)) throw new PacketsError('decode', 'a call has the id of one that is pending');
    if (this.#running >= this.#limits.acceptors) return done(reject('overloaded', 'too many calls are being accepted'));
    const abort = new AbortController();
    this.#calls.set(id, abort);
    const settle = (answer: Uint8Array | PacketsError) => {
      clearTimeout(timer);
      // Not there: it was cancelled, or has been answered.
      if (this.#calls.get(id) !== abort) return;
      this.#calls.delete(id);
      done(answer);
    };
    const time = Math.min(timeLeft || MAX_TIME, this.#limits.acceptorTimeout);
    const timer = setTimeout(() => {
      settle(reject('deadlinePassed', 'the acceptor was not done in time'));
      abort.abort();
    }, time);
    abort.signal.addEventListener('abort', () => clearTimeout(timer));
    this.#run(() => accept(abort.signal)?.then(settle, (error: PacketsError) => settle(error)));
  }

  /** Whether a call of this id is being accepted. */
  has(id: number): boolean {
    return this.#calls.has(id);
  }

  cancel(id: number): void {
    const abort = this.#calls.get(id);
    this.#calls.delete(id);
    abort?.abort();
  }

  /** The session ended: nobody waits for any answer. */
  close(): void {
    this.#waiting.length = 0;
    for (const id of [...this.#calls.keys()]) this.cancel(id);
    this.#packets.abort();
  }

  #run(start: () => Promise<unknown> | undefined): void {
    this.#running++;
    const finish = () => {
      this.#running--;
      const next = this.#waiting.shift();
      if (next) this.#run(next);
    };
    const running = start();
    // Nothing accepts it: nothing is left to wait for.
    if (running) running.then(finish, finish);
    else finish();
  }
}
