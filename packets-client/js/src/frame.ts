import { PacketsError, RejectError, ValidationError, type ErrorKind } from './error.js';
import type { Reader } from './reader.js';
import { MAX_VARUINT, joined, type Part } from './writer.js';

/** What a message carries: the low bits of its head. */
export const enum Kind {
  Packet,
  Call,
  Reply,
  Reject,
  Cancel,
  Control,
}

/** The numbers of control frames. */
export const enum Control {
  Welcome,
  Hello,
  ManifestRequest,
  Manifest,
  Resumed,
  Ack,
  GoAway,
  Renew,
}

/** Call ids are 1 ..= this. */
export const MAX_CALL = 0xfffffff;

/** One message: what its kind and number say, and what follows. */
export function frame(kind: Kind, number: number, ...rest: Part[]): Uint8Array<ArrayBuffer> {
  return joined([(number << 3) | kind, ...rest]);
}

/** The kinds of rejects in the order of their numbers, with the codes that are customary for them. */
const REJECTS: Partial<Record<ErrorKind, number>> = {
  validation: 400,
  malformed: 400,
  unknownPacket: 404,
  incompatible: 409,
  notAccepted: 404,
  failed: 500,
  panicked: 500,
  deadlinePassed: 504,
  overloaded: 503,
  goingAway: 503,
  rateLimited: 429,
  tooLarge: 413,
};
const KINDS = Object.keys(REJECTS) as ErrorKind[];
const FAILED = 5;
const MAX_REASON = 1024;

/** A refusal by this end, with the code that goes with its kind. */
export function reject(kind: ErrorKind, reason: string): RejectError {
  return new RejectError(kind, REJECTS[kind] ?? 500, reason);
}

/** The fields of a reject. An error that is none is `failed`. */
export function rejectParts(error: PacketsError): Part[] {
  const rejected = error instanceof ValidationError || error instanceof RejectError ? error : reject('failed', 'error');
  const { code, reason, details = new Uint8Array() } = rejected as RejectError;
  const kind = KINDS.indexOf(rejected.kind);
  // As much of the reason as is sent.
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(MAX_REASON));
  return [
    kind < 0 ? FAILED : kind,
    Number.isInteger(code) ? Math.min(Math.max(code, 0), MAX_VARUINT) : 500,
    reason.slice(0, read),
    details.length,
    details,
  ];
}

/** The reject that the rest of a message says. */
export function readReject(reader: Reader): PacketsError {
  const kind = KINDS[reader.varuint()] ?? 'failed';
  const code = reader.varuint();
  const reason = reader.string();
  const details = reader.copy(reader.varuint());
  reader.finish();
  return kind === 'validation' ? new ValidationError(code, reason) : new RejectError(kind, code, reason, details);
}
