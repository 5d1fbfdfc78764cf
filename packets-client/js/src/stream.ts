const END = { value: undefined, done: true } as const;

/** Packets as they arrive. Of those that nobody takes, the oldest are dropped beyond a limit. */
export class PacketStream<T> implements AsyncIterableIterator<T> {
  readonly #waiting: T[] = [];
  readonly #takers: ((result: IteratorResult<T>) => void)[] = [];
  readonly #limit: number;
  readonly #end: () => void;
  #isDone = false;
  /** How many packets were dropped. */
  dropped = 0;

  /** `end` is called once, when nobody reads any more. */
  constructor(limit: number, end: () => void) {
    this.#limit = limit;
    this.#end = end;
  }

  push(packet: T): void {
    const taker = this.#takers.shift();
    if (taker) return taker({ value: packet, done: false });
    this.#waiting.push(packet);
    if (this.#waiting.length > this.#limit) {
      this.#waiting.shift();
      this.dropped++;
    }
  }

  /** No more will come; what is there can still be taken. */
  finish(): void {
    this.#isDone = true;
    for (const taker of this.#takers.splice(0)) taker(END);
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#waiting.length > 0) return { value: this.#waiting.shift()!, done: false };
    if (this.#isDone) return END;
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  async return(): Promise<IteratorResult<T>> {
    this.#waiting.length = 0;
    this.finish();
    this.#end();
    return END;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
