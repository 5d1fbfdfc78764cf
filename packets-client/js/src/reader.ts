import { decodeError } from './error.js';

/** Bounds on decoding beside the size of the message itself. */
export interface DecodeLimits {
  /** How deep MessagePack, and types that contain themselves, may nest. 32. */
  depth: number;
  /** How many elements MessagePack may have, and how many items of no bytes there may be. 65,536. */
  elements: number;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes that are taken from their beginning. Nothing is taken that is not there. */
export class Reader {
  readonly bytes: Uint8Array;
  #view: DataView | undefined;
  readonly end: number;
  at = 0;
  depth: number;
  elements: number;

  constructor(bytes: Uint8Array, limits?: DecodeLimits) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.depth = limits?.depth ?? 32;
    this.elements = limits?.elements ?? 0x10000;
  }

  /** Made when it is needed: that takes longer than to read a small message. */
  get view(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes;
    return (this.#view ??= new DataView(buffer, byteOffset, byteLength));
  }

  /** Steps over `size` bytes, and says where they begin. */
  take(size: number): number {
    const { at } = this;
    if (size > this.end - at) throw decodeError('bytes are missing');
    this.at = at + size;
    return at;
  }

  uint8(): number {
    return this.bytes[this.take(1)]!;
  }

  /** At most 2³¹-1, in no more bytes than it needs. */
  varuint(): number {
    const first = this.uint8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; ; shift += 7) {
      const byte = this.uint8();
      if (shift === 28 && byte > 0x07) throw decodeError('a varuint too large');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0) throw decodeError('a varuint too long');
        return value;
      }
    }
  }

  /** Whether a value follows that may be absent, or is `true`. */
  flag(): boolean {
    const byte = this.uint8();
    if (byte > 1) throw decodeError('neither 0 nor 1');
    return byte > 0;
  }

  /** A copy of the next `size` bytes. */
  copy(size: number): Uint8Array<ArrayBuffer> {
    const at = this.take(size);
    return Uint8Array.prototype.slice.call(this.bytes, at, at + size) as Uint8Array<ArrayBuffer>;
  }

  /** The next `size` bytes themselves. */
  part(size: number): Uint8Array {
    const at = this.take(size);
    return this.bytes.subarray(at, at + size);
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.part(this.end - this.at);
  }

  /** The next `size` bytes as text. */
  utf8(size: number): string {
    const start = this.take(size);
    let text = '';
    // Short ones are mostly ASCII, and a loop is faster than the decoder.
    for (let at = start; size < 16; at++) {
      if (at === this.at) return text;
      const byte = this.bytes[at]!;
      if (byte > 0x7f) break;
      text += String.fromCharCode(byte);
    }
    try {
      return decoder.decode(this.bytes.subarray(start, this.at));
    } catch {
      throw decodeError('no UTF-8');
    }
  }

  string(): string {
    return this.utf8(this.varuint());
  }

  uint64(): bigint {
    return this.view.getBigUint64(this.take(8));
  }

  /** A count of items that take at least `minSize` bytes each. */
  count(minSize: number): number {
    const count = this.varuint();
    this.charge(count, minSize);
    return count;
  }

  /** Refuses `count` items of at least `minSize` bytes each if they cannot be there. */
  charge(count: number, minSize: number): void {
    if (minSize > 0) {
      if (count > (this.end - this.at) / minSize) throw decodeError('bytes are missing');
    } else if ((this.elements -= count) < 0) {
      throw decodeError('too many elements');
    }
  }

  /** One level deeper. */
  nested<T>(read: (reader: Reader) => T): T {
    if (--this.depth < 0) throw decodeError('nested too deeply');
    const value = read(this);
    this.depth++;
    return value;
  }

  finish(): void {
    if (this.at < this.end) throw decodeError('bytes are left over');
  }
}
