import { PacketsError, RejectError, ValidationError, decodeError, type ErrorKind } from './error.js';
import { Reader } from './reader.js';
import { MAX_VARUINT, written, type Writer } from './writer.js';

/** What one message carries. */
export type Frame =
  | { readonly kind: 'packet'; readonly id: number; readonly body: Uint8Array }
  | CallFrame
  | { readonly kind: 'reply'; readonly call: number; readonly body: Uint8Array }
  | { readonly kind: 'reject'; readonly call: number; readonly error: PacketsError }
  | { readonly kind: 'cancel'; readonly call: number }
  | { readonly kind: 'control'; readonly control: number; readonly reader: Reader };

export interface CallFrame {
  readonly kind: 'call';
  readonly id: number;
  readonly call: number;
  /** Milliseconds, counted from receipt; 0 is no limit. */
  readonly timeLeft: number;
  readonly body: Uint8Array;
}

const PACKET = 0;
const CALL = 1;
const REPLY = 2;
const REJECT = 3;
const CANCEL = 4;
const CONTROL = 5;

/** Call ids are 1 ..= this. */
export const MAX_CALL = 0xfffffff;

export const WELCOME = 0;
export const HELLO = 1;
export const MANIFEST_REQUEST = 2;
export const MANIFEST = 3;
export const RESUMED = 4;
export const ACK = 5;
export const GOAWAY = 6;
export const RENEW = 7;

/** Whether a message is a control frame. */
export function isControl(message: Uint8Array): boolean {
  return (message[0]! & 7) === CONTROL;
}

export function readFrame(message: Uint8Array): Frame {
  const reader = new Reader(message);
  const head = reader.varuint();
  const number = head >>> 3;
  const body = () => message.subarray(reader.at);
  switch (head & 7) {
    case PACKET:
      return { kind: 'packet', id: number, body: body() };
    case CALL: {
      const call = callId(reader.varuint());
      const timeLeft = reader.varuint();
      return { kind: 'call', id: number, call, timeLeft, body: body() };
    }
    case REPLY:
      return { kind: 'reply', call: callId(number), body: body() };
    case REJECT: {
      const error = readReject(reader);
      reader.finish();
      return { kind: 'reject', call: callId(number), error };
    }
    case CANCEL:
      reader.finish();
      return { kind: 'cancel', call: callId(number) };
    case CONTROL:
      return { kind: 'control', control: number, reader };
    default:
      throw decodeError('a frame is of no known kind');
  }
}

function callId(id: number): number {
  if (id === 0 || id > MAX_CALL) throw decodeError('a call has no such id');
  return id;
}

export function packetFrame(id: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return frame((id << 3) | PACKET, (writer) => writer.put(body));
}

export function callFrame(id: number, call: number, timeLeft: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return frame((id << 3) | CALL, (writer) => {
    writer.varuint(call);
    writer.varuint(Math.min(Math.max(Math.ceil(timeLeft), 1), MAX_VARUINT));
    writer.put(body);
  });
}

export function replyFrame(call: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return frame((call << 3) | REPLY, (writer) => writer.put(body));
}

export function rejectFrame(call: number, error: PacketsError): Uint8Array<ArrayBuffer> {
  return frame((call << 3) | REJECT, (writer) => writeReject(error, writer));
}

export function cancelFrame(call: number): Uint8Array<ArrayBuffer> {
  return frame((call << 3) | CANCEL, () => {});
}

export function ackFrame(received: number): Uint8Array<ArrayBuffer> {
  return controlFrame(ACK, (writer) => writer.uint64(BigInt(received)));
}

export function controlFrame(control: number, write: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  return frame((control << 3) | CONTROL, write);
}

function frame(head: number, write: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  return written((writer) => {
    writer.varuint(head);
    write(writer);
  });
}

/** The kinds of rejects in the order of their numbers, with the codes that are customary. */
const REJECTS: readonly [kind: ErrorKind, code: number][] = [
  ['validation', 400],
  ['malformed', 400],
  ['unknownPacket', 404],
  ['incompatible', 409],
  ['notAccepted', 404],
  ['failed', 500],
  ['panicked', 500],
  ['deadlinePassed', 504],
  ['overloaded', 503],
  ['goingAway', 503],
  ['rateLimited', 429],
  ['tooLarge', 413],
];

const MAX_REASON = 1024;

/** A refusal by this end, with the code that goes with its kind. */
export function reject(kind: ErrorKind, reason: string): RejectError {
  return new RejectError(kind, REJECTS.find(([known]) => known === kind)?.[1] ?? 500, reason);
}

/** The fields of a reject. An error that is none is `failed`. */
export function writeReject(error: PacketsError, writer: Writer): void {
  const rejected = error instanceof ValidationError || error instanceof RejectError ? error : reject('failed', 'error');
  const kind = REJECTS.findIndex(([known]) => known === rejected.kind);
  const { code } = rejected;
  writer.varuint(kind < 0 ? 5 : kind);
  writer.varuint(Number.isInteger(code) ? Math.min(Math.max(code, 0), MAX_VARUINT) : 500);
  writer.string(cut(rejected.reason));
  writer.buffer(rejected instanceof RejectError ? rejected.details : new Uint8Array());
}

/** The text, cut to the most bytes that are sent of a reason. */
function cut(text: string): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(MAX_REASON));
  return text.slice(0, read);
}

export function readReject(reader: Reader): PacketsError {
  const [kind] = REJECTS[reader.varuint()] ?? ['failed' as const];
  const code = reader.varuint();
  const reason = reader.string();
  const details = reader.copy(reader.varuint());
  return kind === 'validation' ? new ValidationError(code, reason) : new RejectError(kind, code, reason, details);
}
