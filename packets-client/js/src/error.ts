/** What went wrong. Those from `validation` to `rateLimited` are the other end's answer to a call. */
export type ErrorKind =
  | 'validation'
  | 'malformed'
  | 'unknownPacket'
  | 'incompatible'
  | 'notAccepted'
  | 'failed'
  | 'panicked'
  | 'deadlinePassed'
  | 'overloaded'
  | 'goingAway'
  /** More came than the other end takes in the time. */
  | 'rateLimited'
  /** The data is not of the packet's schema. It was not sent. */
  | 'data'
  /** The bytes are not of the schema. */
  | 'decode'
  /** A text is no schema. */
  | 'schema'
  /** No answer came in time. The other end may have acted on the packet, or not. */
  | 'timeout'
  /** The connection ended. The other end may have acted on the packet, or not. */
  | 'disconnected'
  /** Too much waits to be written. It was not sent. */
  | 'full'
  /** The packet is larger than the other end takes. It was not sent, or the other end refused it (a `RejectError`). */
  | 'tooLarge'
  /** This end knows no packet of that name. */
  | 'unregistered'
  /** The server knows no packet of that name. It was not sent. */
  | 'unknownToServer';

/** Any error of this package; `kind` tells them apart. */
export class PacketsError extends Error {
  override name = 'PacketsError';
  /** The way to the part of the data that it is about, as long as it is on its way out of it. */
  path = '';

  constructor(
    readonly kind: ErrorKind,
    message: string,
  ) {
    super(message);
  }
}

/**
 * An acceptor's refusal of a packet. Thrown by `validate` or `respond`, it reaches the sender as it is: `send`
 * rejects with one.
 */
export class ValidationError extends PacketsError {
  override name = 'ValidationError';

  constructor(
    /** The application's code, an integer from 0 to 2³¹-1; those of HTTP are customary. */
    readonly code: number,
    /** For people: at most 1,024 bytes of it travel. */
    readonly reason: string,
  ) {
    super('validation', `${reason} (${code})`);
  }
}

/** The other end could not answer a call; `kind` says at which step. */
export class RejectError extends PacketsError {
  override name = 'RejectError';

  constructor(
    kind: ErrorKind,
    /** A code that is customary in HTTP. */
    readonly code: number,
    readonly reason: string,
    /** MessagePack for programs; may be empty. */
    readonly details: Uint8Array = new Uint8Array(),
  ) {
    super(kind, `${reason} (${code})`);
  }
}

/** The same error, about a part of what it was about. */
export function within(step: string, error: unknown): unknown {
  if (error instanceof PacketsError) error.path = step + error.path;
  return error;
}

/** Bytes that are not of their schema. */
export function decodeError(message: string): PacketsError {
  return new PacketsError('decode', message);
}

/** A value that is not what its schema says. */
export function expected(what: string, value: unknown): PacketsError {
  const isShort = value === null || !/^[ofs]/.test(typeof value);
  return new PacketsError('data', `expected ${what}, found ${isShort ? value : `a value of type ${typeof value}`}`);
}

/** Says an error that no caller hears of where a page's or program's own go: to `reportError`, else to the console. */
export function report(error: unknown): void {
  (globalThis.reportError ?? console.error)(error);
}
