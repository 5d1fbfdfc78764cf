import { PacketsError } from './error.js';
import { Reader, type DecodeLimits } from './reader.js';
import type { Type } from './type.js';
import { written, type Writer } from './writer.js';

/** How values of one schema become bytes and come back. The schema is not looked at again. */
export interface Codec<T = unknown> {
  /** The fewest bytes a value takes. */
  readonly minSize: number;
  /** Whether a value may itself be `undefined`; an option of it would not be told from that. */
  readonly isOption?: boolean | undefined;
  encode(value: T, writer: Writer): void;
  decode(reader: Reader): T;
}

let improve = (type: Type): Codec<any> => type;

/** What makes the codecs faster that are made from now on. */
export function improveBy(by: typeof improve = (type) => type): void {
  improve = by;
}

/** The codec of a type. Types are codecs, made of closures; where code may be made from text, there is a faster one. */
export function codecOf(type: Type): Codec<any> {
  return improve(type);
}

/**
 * The value's bytes. In errors it is called `name`.
 *
 * @throws {PacketsError} of kind `data`, with the way to the part that its schema cannot say.
 */
export function encode<T>(codec: Codec<T>, value: T, name = ''): Uint8Array<ArrayBuffer> {
  try {
    return written((writer) => codec.encode(value, writer));
  } catch (error) {
    if (!(error instanceof PacketsError)) throw error;
    const place = name + error.path;
    throw new PacketsError(error.kind, place ? `${place}: ${error.message}` : error.message);
  }
}

/**
 * The value that fills the whole of `bytes`.
 *
 * @throws {PacketsError} of kind `decode` if the bytes are not of the schema.
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, limits?: DecodeLimits): T {
  const reader = new Reader(bytes, limits);
  const value = codec.decode(reader);
  reader.finish();
  return value;
}
