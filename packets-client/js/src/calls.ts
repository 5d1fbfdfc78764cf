import type { Agreement } from './agreement.js';
import type { Answer } from './bundle.js';
import { PacketsError } from './error.js';
import { MAX_CALL } from './frame.js';
import { MAX_TIME } from './limits.js';

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
  readonly #answer: Answer;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #signal: AbortSignal | undefined;
  #resolve!: (response: unknown) => void;
  #reject!: (error: unknown) => void;

  /** `abandon` is called when the call is taken back before it is settled. */
  constructor(
    answer: Answer,
    timeout: number,
    signal: AbortSignal | undefined,
    readonly abandon: (call: Call) => void,
  ) {
    this.#answer = answer;
    this.#signal = signal;
    this.deadline = Date.now() + timeout;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const late = () => this.#takeBack(new PacketsError('timeout', 'no answer came in time'));
    this.#timer = setTimeout(late, Math.min(Math.max(timeout, 1), MAX_TIME));
    signal?.addEventListener('abort', this.#aborted);
  }

  settle(body: Uint8Array, agreement: Agreement): void {
    this.#clean();
    try {
      this.#resolve(this.#answer(body, agreement));
    } catch (error) {
      this.#reject(error);
    }
  }

  fail(error: unknown): void {
    this.#clean();
    this.#reject(error);
  }

  readonly #aborted = () => this.#takeBack(this.#signal!.reason);

  #takeBack(error: unknown): void {
    this.abandon(this);
    this.fail(error);
  }

  #clean(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#aborted);
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
