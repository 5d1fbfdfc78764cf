import type { Agreement } from './agreement.js';
import type { Answer } from './bundle.js';
import { PacketsError } from './error.js';
import { MAX_CALL } from './frame.js';
import { timerTime } from './limits.js';

/** How a `send` waits for its answer. */
export interface SendOptions {
  /** Milliseconds until it fails as `timeout`. At least 1; 10,000 unless the socket's limits say otherwise. */
  timeout?: number;
  /** Takes the call back when it is aborted: `send` rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** One `send`, from when it is made until it is settled, which it is once. */
export class Call {
  readonly response: Promise<unknown>;
  readonly deadline: number;
  /** Set when it has been written. */
  id = 0;
  settle!: (body: Uint8Array, agreement: Agreement) => void;
  fail!: (error: unknown) => void;

  /** `abandon` is called when the call is taken back before it is settled. */
  constructor(answer: Answer, timeout: number, signal: AbortSignal | undefined, abandon: (call: Call) => void) {
    this.deadline = Date.now() + timeout;
    this.response = new Promise((resolve, reject) => {
      const takeBack = (error: unknown) => {
        abandon(this);
        this.fail(error);
      };
      const late = () => takeBack(new PacketsError('timeout', 'no answer came in time'));
      const timer = setTimeout(late, timerTime(timeout));
      const aborted = () => takeBack(signal!.reason);
      signal?.addEventListener('abort', aborted);
      this.fail = (error) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        reject(error);
      };
      this.settle = (body, agreement) => {
        try {
          resolve(answer(body, agreement));
        } catch (error) {
          reject(error);
        }
        // It is settled: this lets go of its timer and its signal.
        this.fail(undefined);
      };
    });
  }
}

/** The calls of one session that wait for their answers. */
export class Calls {
  readonly #pending = new Map<number, Call>();
  #last = 0;

  get size(): number {
    return this.#pending.size;
  }

  /** Gives a call an id that no pending one has. */
  add(call: Call): number {
    do this.#last = (this.#last % MAX_CALL) + 1;
    while (this.#pending.has(this.#last));
    call.id = this.#last;
    this.#pending.set(call.id, call);
    return call.id;
  }

  /** Takes a call out, if it is pending. */
  take(id: number): Call | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    return call;
  }

  /** All of them fail: their answers cannot come any more. These were their ids. */
  fail(error: PacketsError): number[] {
    const ids = [...this.#pending.keys()];
    for (const id of ids) this.take(id)?.fail(error);
    return ids;
  }
}
