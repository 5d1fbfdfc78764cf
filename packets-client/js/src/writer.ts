import { PacketsError } from './error.js';

/** The largest varuint, and so the largest length. */
export const MAX_VARUINT = 0x7fffffff;

const encoder = new TextEncoder();

/** Bytes that grow at their end. */
export class Writer {
  bytes = new Uint8Array(512);
  view = new DataView(this.bytes.buffer);
  at = 0;
  /** How many bytes there may be: no length is beyond it. */
  most = MAX_VARUINT;

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.at + size > this.bytes.length) this.#grow(size);
  }

  #grow(size: number): void {
    if (this.at + size > this.most) throw new PacketsError('data', 'too many bytes');
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.at + size));
    bytes.set(this.bytes.subarray(0, this.at));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  uint8(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** A number that is known to be a varuint. */
  varuint(value: number): void {
    this.reserve(5);
    while (value > 0x7f) {
      this.bytes[this.at++] = value | 0x80;
      value >>>= 7;
    }
    this.bytes[this.at++] = value;
  }

  uint64(value: bigint): void {
    this.reserve(8);
    this.view.setBigUint64(this.at, value);
    this.at += 8;
  }

  put(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** A length and that many bytes. */
  buffer(bytes: Uint8Array): void {
    this.varuint(bytes.length);
    this.put(bytes);
  }

  /** The text in UTF-8 behind its length. */
  string(text: string): void {
    const { length } = text;
    if (length < 64) {
      // Short ones are mostly ASCII, and a loop is faster than the encoder.
      this.reserve(1 + length);
      const { bytes } = this;
      let at = this.at + 1;
      let i = 0;
      for (; i < length; i++) {
        const unit = text.charCodeAt(i);
        if (unit > 0x7f) break;
        bytes[at++] = unit;
      }
      if (i === length) {
        bytes[this.at] = length;
        this.at = at;
        return;
      }
    }
    this.prefixed(() => this.utf8(text));
  }

  /** The text in UTF-8. */
  utf8(text: string): void {
    this.reserve(text.length * 3);
    this.at += encoder.encodeInto(text, this.bytes.subarray(this.at)).written;
  }

  /** What `write` writes, behind its length. */
  prefixed(write: () => void): void {
    const start = this.at;
    write();
    const end = this.at;
    this.varuint(end - start);
    const length = this.bytes.slice(end, this.at);
    this.bytes.copyWithin(start + length.length, start, end);
    this.bytes.set(length, start);
  }

  /** A copy of what was written from `start` on. */
  finish(start = 0): Uint8Array<ArrayBuffer> {
    const length = this.at - start;
    if (length > 32) return this.bytes.slice(start, this.at);
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.bytes[start + i]!;
    return bytes;
  }
}

const spare: Writer[] = [];

/** The bytes that `write` writes, about `most` at most. Writers are used again; one that has grown large is not kept. */
export function written(write: (writer: Writer) => void, most = MAX_VARUINT): Uint8Array<ArrayBuffer> {
  const writer = spare.pop() ?? new Writer();
  writer.at = 0;
  writer.most = most;
  try {
    write(writer);
    return writer.finish();
  } finally {
    if (spare.length < 4 && writer.bytes.length <= 0x10000) spare.push(writer);
  }
}

/** A number becomes a varuint, a bigint 64 bits, a text stands behind its length, and bytes are as they are. */
export type Part = number | bigint | string | Uint8Array;

/** The bytes of all parts. */
export function joined(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  return written((writer) => {
    for (const part of parts) {
      if (typeof part === 'number') writer.varuint(part);
      else if (typeof part === 'bigint') writer.uint64(part);
      else if (typeof part === 'string') writer.string(part);
      else writer.put(part);
    }
  });
}
