/**
 * Finds out that the other end is gone, by the clock on the wall: the timers of a page in the background may come
 * minutes late. A page neither sends a WebSocket's pings nor sees them, so it asks for an answer.
 */
export class Heartbeat {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heard = Date.now();
  #isAsking = false;

  constructor(
    readonly interval: number,
    /** How long the answer may take. */
    readonly grace: number,
    readonly ask: () => void,
    readonly dead: () => void,
  ) {
    this.#listen();
  }

  /** Anything came. It is called for each message, so it sets no timer. */
  hear(): void {
    this.#heard = Date.now();
    this.#isAsking = false;
  }

  /** Asks at once: there may be no connection any more, as after a sleep. */
  wake(): void {
    if (!this.#isAsking) this.#ask();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #listen(): void {
    const left = this.#heard + this.interval - Date.now();
    if (left <= 0) return this.#ask();
    this.#set(left, () => this.#listen());
  }

  #ask(): void {
    this.#isAsking = true;
    this.ask();
    const due = Date.now() + this.grace;
    this.#set(this.grace, () => {
      if (!this.#isAsking) return this.#listen();
      // A timer that comes late tells that this end slept; the answer may be there, not yet looked at.
      if (Date.now() > due + this.grace / 2) return this.#ask();
      this.dead();
    });
  }

  #set(time: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, time);
  }
}
