import { decodeError } from './error.js';
import type { Limits } from './limits.js';

/** The frames of a session that the server may not have received, to be sent again. They are numbered from 0. */
export class Retained {
  readonly #limits: Limits;
  readonly #frames: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #first = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** The number of the first frame that can still be sent. */
  get first(): number {
    return this.#first;
  }

  get frames(): readonly Uint8Array<ArrayBuffer>[] {
    return this.#frames;
  }

  push(frame: Uint8Array<ArrayBuffer>): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
    while (this.#frames.length > this.#limits.retainedFrames || this.#bytes > this.#limits.retainedBytes) this.#pop();
  }

  /**
   * The server has received so many.
   *
   * @throws {PacketsError} if so many were not sent.
   */
  acknowledge(received: number): void {
    if (received > this.#first + this.#frames.length) {
      throw decodeError('more acknowledged than sent');
    }
    while (this.#first < received) this.#pop();
  }

  #pop(): void {
    this.#bytes -= this.#frames.shift()!.length;
    this.#first++;
  }
}
