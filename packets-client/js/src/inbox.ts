import { PacketsError, decodeError } from './error.js';
import { reject } from './frame.js';
import { MAX_TIME, type Limits } from './limits.js';

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
    if (this.#calls.has(id)) throw decodeError('a call id of another');
    if (this.#running >= this.#limits.acceptors) return done(reject('overloaded', 'too many calls'));
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
      settle(reject('deadlinePassed', 'too slow'));
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
    for (const id of this.#calls.keys()) this.cancel(id);
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
