import type { Codec } from './codec.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Takes the fields of an object apart, and puts them together. */
interface Shape {
  encode(value: any, writer: Writer): void;
  decode(reader: Reader): object;
}

let isAllowed = typeof process === 'object' && typeof process.versions?.node === 'string';

declare const process: { versions?: { node?: string } } | undefined;

/**
 * Whether the codecs of objects may be made with `new Function`, which makes them several times faster: in Node they
 * are. Pages decide for themselves, because a content security policy without `unsafe-eval` forbids it. Call it before
 * packets are defined.
 */
export function allowGeneratedCode(allow: boolean): void {
  isAllowed = allow;
}

/** The shape of an object with these fields, in the order of their bytes. */
export function shape(names: readonly string[], codecs: readonly Codec<any>[]): Shape {
  return isAllowed ? generated(names, codecs) : composed(names, codecs);
}

/** One function a shape, so that the engine learns where its objects have their fields. */
function generated(names: readonly string[], codecs: readonly Codec<any>[]): Shape {
  const encode = names.map((name, i) => `e${i}(v[${JSON.stringify(name)}],w);`);
  const decode = names.map((name, i) => {
    const key = JSON.stringify(name);
    // Without brackets, `__proto__` would be no field.
    return `${name === '__proto__' ? `[${key}]` : key}:d${i}(r)`;
  });
  const bind = (letter: string) => names.map((_, i) => `const ${letter}${i}=${letter}[${i}];`).join('');
  const make = new Function(
    'e',
    'd',
    `"use strict";${bind('e')}${bind('d')}return{encode(v,w){${encode.join('')}},` +
      `decode(r){return{${decode.join(',')}}}}`,
  );
  return make(
    codecs.map((codec) => codec.encode),
    codecs.map((codec) => codec.decode),
  ) as Shape;
}

function composed(names: readonly string[], codecs: readonly Codec<any>[]): Shape {
  // Its copies have their fields from the start, `__proto__` too.
  const template: Record<string, unknown> = {};
  for (const name of names) {
    Object.defineProperty(template, name, { value: undefined, enumerable: true, writable: true, configurable: true });
  }
  return {
    encode(value, writer) {
      for (let i = 0; i < names.length; i++) codecs[i]!.encode(value[names[i]!], writer);
    },
    decode(reader) {
      const object = { ...template };
      for (let i = 0; i < names.length; i++) object[names[i]!] = codecs[i]!.decode(reader);
      return object;
    },
  };
}
