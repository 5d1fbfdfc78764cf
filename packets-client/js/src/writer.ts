import { PacketsError } from './error.js';

/** The largest varuint, and so the largest length. */
export const MAX_VARUINT = 0x7fffffff;

const utf8 = new TextEncoder();

/** Bytes that grow at their end. */
export class Writer {
  bytes = new Uint8Array(512);
  view = new DataView(this.bytes.buffer);
  at = 0;
  /** How many bytes there may be. */
  most = Infinity;

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    if (this.at + size > this.bytes.length) this.#grow(size);
  }

  #grow(size: number): void {
    if (this.at + size > this.most) throw new PacketsError('data', 'this takes too many bytes');
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
    this.#varuint(value);
  }

  #varuint(value: number): void {
    while (value > 0x7f) {
      this.bytes[this.at++] = (value & 0x7f) | 0x80;
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
    if (bytes.length > MAX_VARUINT) throw new PacketsError('data', 'a length is beyond 2³¹-1');
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
    this.prefixed(length, () => this.utf8(text));
  }

  /** The text in UTF-8. */
  utf8(text: string): void {
    this.reserve(text.length * 3);
    this.at += utf8.encodeInto(text, this.bytes.subarray(this.at)).written;
  }

  /** What `write` writes, behind its length, which is likely that of `guess`. */
  prefixed(guess: number, write: () => void): void {
    const start = this.at;
    this.varuint(guess);
    const content = this.at;
    write();
    const length = this.at - content;
    if (length > MAX_VARUINT) throw new PacketsError('data', 'a length is beyond 2³¹-1');
    const shift = varuintSize(length) - (content - start);
    if (shift !== 0) {
      this.reserve(shift);
      this.bytes.copyWithin(content + shift, content, this.at);
    }
    this.at = start;
    this.#varuint(length);
    this.at += length;
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

/** How many bytes a varuint takes. */
export function varuintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

const spare: Writer[] = [];

/** The bytes that `write` writes, about `most` at most. Writers are used again; one that has grown large is not kept. */
export function written(write: (writer: Writer) => void, most = Infinity): Uint8Array<ArrayBuffer> {
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
