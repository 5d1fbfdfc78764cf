import type { Route } from './agreement.js';
import { encode } from './codec.js';
import { PacketsError, RejectError, ValidationError, report } from './error.js';
import { reject } from './frame.js';

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
 * asynchronous. A function is `respond` alone. Another error that it throws is rejected as `failed`, and goes to
 * `reportError`, or the console.
 */
export type Acceptor<D, R, S> =
  | ((data: D, context: Context<S>) => Responds<R> | Promise<Responds<R>>)
  | {
      validate?(data: D, context: Context<S>): void | Promise<void>;
      respond?(data: D, context: Context<S>): Responds<R> | Promise<Responds<R>>;
    };

/** The response's bytes, as the server reads them. What goes wrong comes out as the reject that it is told. */
export async function respond<S>(
  acceptor: Acceptor<any, any, S>,
  { packet, way }: Route,
  data: unknown,
  context: Context<S>,
  exposeErrors: boolean,
): Promise<Uint8Array> {
  let answer: Uint8Array;
  try {
    const both = typeof acceptor === 'function' ? { respond: acceptor } : acceptor;
    // Without a pause where there is nothing to wait for, so that acceptors start in the order of their packets.
    const valid = both.validate?.(data, context);
    if (valid) await valid;
    answer = encode(packet.answer, await both.respond?.(data, context));
  } catch (error) {
    if (error instanceof ValidationError || error instanceof RejectError) throw error;
    // One that gives up because nobody waits any more has done right.
    if (!context.signal.aborted) report(error);
    throw reject('failed', exposeErrors && error instanceof Error ? error.message : 'error');
  }
  return refusing(() => way?.answer(answer) ?? answer);
}

/** What goes wrong comes out as the reject that tells of bytes that cannot be read, or not be said to the other end. */
export function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PacketsError)) throw error;
    throw reject(error.kind === 'incompatible' ? error.kind : 'malformed', error.message);
  }
}
