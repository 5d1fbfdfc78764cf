/** Faster codecs for programs that may make code from text. */
import { shapeBy, type ShapeMaker } from './codec.js';

/**
 * Whether the codecs of objects may be made with `new Function`, which makes them several times faster: in Node they
 * are. Pages decide for themselves, because a content security policy without `unsafe-eval` forbids it. Call it before
 * packets are sent or accepted.
 */
export function allowGeneratedCode(allow: boolean): void {
  shapeBy(allow ? generated : undefined);
}

/** One function a shape, so that the engine learns where its objects have their fields. */
const generated: ShapeMaker = (names, codecs, composed) => {
  const encode = names.map((name, i) => `e${i}(v[${JSON.stringify(name)}],w);`);
  const decode = names.map((name, i) => {
    const key = JSON.stringify(name);
    // Without brackets, `__proto__` would be no field.
    return `${name === '__proto__' ? `[${key}]` : key}:d${i}(r)`;
  });
  const bind = (letter: string) => names.map((_, i) => `const ${letter}${i}=${letter}[${i}];`).join('');
  // What it cannot encode, the other one can neither; that one says where.
  const make = new Function(
    'e',
    'd',
    'c',
    `"use strict";${bind('e')}${bind('d')}return{encode(v,w){const a=w.at;try{${encode.join('')}}` +
      `catch{w.at=a;c.encode(v,w)}},decode(r){return{${decode.join(',')}}}}`,
  );
  return make(
    codecs.map((codec) => codec.encode),
    codecs.map((codec) => codec.decode),
    composed,
  );
};
