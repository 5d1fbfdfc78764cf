/** Finds out that the other end is gone. */
export interface Heartbeat {
  /** Anything came. It is called for each message, so it sets no timer. */
  hear(): void;
  /** Asks at once: there may be no connection any more, as after a sleep. */
  wake(): void;
  stop(): void;
}

/**
 * It goes by the clock on the wall: the timers of a page in the background may come minutes late. A page neither sends a
 * WebSocket's pings nor sees them, so after an `interval` of silence it asks for an answer, which may take the time of
 * `grace`.
 */
export function heartbeat(interval: number, grace: number, ask: () => void, dead: () => void): Heartbeat {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heard = Date.now();
  let isAsking = false;

  const after = (time: number, then: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(then, time);
  };
  const listen = () => {
    const left = heard + interval - Date.now();
    if (left > 0) after(left, listen);
    else question();
  };
  const question = () => {
    isAsking = true;
    ask();
    const due = Date.now() + grace;
    after(grace, () => {
      if (!isAsking) listen();
      // A timer that comes late tells that this end slept; the answer may be there, not yet looked at.
      else if (Date.now() > due + grace / 2) question();
      else dead();
    });
  };

  listen();
  return {
    hear() {
      heard = Date.now();
      isAsking = false;
    },
    wake() {
      if (!isAsking) question();
    },
    stop: () => clearTimeout(timer),
  };
}
