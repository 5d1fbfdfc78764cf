/** Faster codecs for programs that may make code from text. */
import { improveBy, type Codec } from './codec.js';
import { isUnit, map, part, set } from './compound.js';
import { decodeError } from './error.js';
import type { Reader } from './reader.js';
import type { Named, Type } from './type.js';
import type { Writer } from './writer.js';

/**
 * Whether codecs may be made with `new Function`, which makes them several times faster: in Node they are. Pages decide
 * for themselves, because a content security policy without `unsafe-eval` forbids it. Call it before packets are sent
 * or accepted.
 */
export function allowGeneratedCode(allow: boolean): void {
  improveBy(allow ? improve : undefined);
}

/** Those that have parts; the code of parts stands within that of the whole. */
const COMPOUND = ['object', 'array', 'fixed', 'tuple', 'enum'];

/** A type's codec with code of its own, which is made when it is first needed. */
function improve(type: Type): Codec<any> {
  if (!COMPOUND.includes(type.kind) || type.minSize === 0) return type;
  const codec = {
    minSize: type.minSize,
    encode(value: unknown, writer: Writer) {
      make();
      codec.encode(value, writer);
    },
    decode(reader: Reader): unknown {
      make();
      return codec.decode(reader);
    },
  };
  const make = () => {
    const encode = new EncodeCode(type).make();
    codec.decode = new DecodeCode(type).make();
    codec.encode = (value, writer) => {
      const { at } = writer;
      try {
        encode(value, writer);
      } catch {
        // Closures say where it cannot be encoded.
        writer.at = at;
        type.encode(value, writer);
      }
    };
  };
  return codec;
}

/** What is called where a type stands within others. */
function called(type: Type): Codec<any> {
  const fast = (type: Type): Type => ({ ...type, ...improve(type) });
  if (type.kind === 'set') return set(fast(type.item));
  return type.kind === 'map' ? map(fast(type.key), fast(type.value)) : type;
}

const key = (name: string) => JSON.stringify(name);
/** Without brackets, `__proto__` would be no member. */
const member = (name: string) => (name === '__proto__' ? `[${key(name)}]` : key(name));
const each = (count: number, part: (shift: number) => string, by: string) =>
  Array.from({ length: count }, (_, i) => part(8 * (count - 1 - i))).join(by);

/** The sizes of scalars that always have the same. */
const SIZES: Readonly<Record<string, number>> = {
  bool: 1, int8: 1, int16: 2, int32: 4, uint8: 1, uint16: 2, uint32: 4, float32: 4, float64: 8,
};

/** What both codes have in common. `b` are the bytes, and `a` is where in them it stands. */
abstract class Code {
  readonly calls: Codec<any>[] = [];
  readonly #lines: string[] = [];
  #variables = 0;
  /** Where room is made for what follows in one piece. */
  #run: number | undefined;
  #size = 0;

  constructor(readonly type: Type) {}

  abstract room(size: number): string;

  add(line: string): void {
    this.#lines.push(line);
  }

  /** The next bytes are so many, or up to so many. */
  need(size: number): void {
    if (this.#run === undefined) {
      this.#run = this.#lines.push('') - 1;
      this.#size = 0;
    }
    this.#size += size;
    this.#lines[this.#run] = this.room(this.#size);
  }

  /** From here on, it stands where it was not known to come to. */
  end(): void {
    this.#run = undefined;
  }

  /** Another variable. */
  name(): string {
    return `v${this.#variables++}`;
  }

  /** A codec that is called. */
  call(type: Type): string {
    return `c[${this.calls.push(called(type)) - 1}]`;
  }

  get code(): string {
    return this.#lines.join('\n');
  }
}

/** Whether parts are so few that each has code of its own. */
function areFew(type: Type): type is Type & { kind: 'fixed' } {
  return type.kind === 'fixed' && type.item.kind !== 'uint8' && type.count <= 16;
}

class EncodeCode extends Code {
  make(): Codec<any>['encode'] {
    this.write(this.type, 'v');
    const body = `"use strict";return(v,w)=>{let b=w.bytes,a=w.at;${this.code}w.at=a}`;
    return new Function('c', body)(this.calls);
  }

  override room(size: number): string {
    return `if(a+${size}>b.length){w.at=a;w.reserve(${size});b=w.bytes}`;
  }

  /** Goes on if it is so; else closures say what is wrong. */
  check(condition: string): void {
    this.add(`if(!(${condition}))throw 0;`);
  }

  varuint(x: string): void {
    this.need(5);
    this.add(`{let n=${x};while(n>127){b[a++]=n|128;n>>>=7}b[a++]=n}`);
  }

  /** Has it written by a call. */
  by(call: string): void {
    this.add(`w.at=a;${call};a=w.at;b=w.bytes;`);
    this.end();
  }

  array(x: string, count?: number): void {
    this.check(`Array.isArray(${x})${count === undefined ? '' : `&&${x}.length===${count}`}`);
  }

  part(type: Type, expression: string): void {
    const x = this.name();
    this.add(`const ${x}=${expression};`);
    this.write(type, x);
  }

  write(type: Type, x: string): void {
    const size = SIZES[type.kind];
    if (size) {
      this.need(size);
      return this.#scalar(type.kind, size, x);
    }
    if (type.kind === 'varuint') {
      this.check(`${x}>>>0===${x}&&${x}<2147483648`);
      return this.varuint(x);
    }
    if (type.kind === 'varint') {
      this.check(`${x}<<1>>1===${x}`);
      return this.varuint(`${x}<<1^${x}>>31`);
    }
    if (type.kind === 'string') {
      this.check(`typeof ${x}==='string'`);
      return this.by(`w.string(${x})`);
    }
    if (type.kind === 'object' && type.minSize > 0) {
      this.check(`typeof ${x}==='object'&&${x}!==null`);
      for (const { name, type: field } of type.fields) this.part(field, `${x}[${key(name)}]`);
      return;
    }
    if (type.kind === 'array') {
      this.array(x);
      this.varuint(`${x}.length`);
      return this.#items(type.item, x);
    }
    if (areFew(type)) {
      this.array(x, type.count);
      for (let i = 0; i < type.count; i++) this.part(type.item, `${x}[${i}]`);
      return;
    }
    if (type.kind === 'tuple') {
      const { length } = type.items;
      this.array(x, length);
      for (const [i, item] of type.items.entries()) {
        if (i === length - 1) this.varuint(`${length}`);
        this.part(item, `${x}[${i}]`);
      }
      return;
    }
    if (type.kind === 'option' && !type.item.isOption) {
      this.need(1);
      this.add(`if(${x}===undefined||${x}===null)b[a++]=0;else{b[a++]=1;`);
      this.end();
      this.write(type.item, x);
      this.end();
      return this.add('}');
    }
    if (type.kind === 'enum') return this.#enum(type.variants, x);
    this.by(`${this.call(type)}.encode(${x},w)`);
  }

  #scalar(kind: string, size: number, x: string): void {
    const bits = 8 * size;
    if (kind === 'bool') {
      this.check(`${x}===true||${x}===false`);
      return this.add(`b[a++]=${x}?1:0;`);
    }
    if (kind.startsWith('float')) {
      const isFinite = bits === 32 ? `&&(Math.abs(${x})<=3.4028234663852886e38||!Number.isFinite(${x}))` : '';
      this.check(`typeof ${x}==='number'${isFinite}`);
      return this.add(`w.view.setFloat${bits}(a,${x});a+=${size};`);
    }
    const range = kind[0] === 'u' ? `${x}>>>0===${x}&&${x}<${2 ** bits}` : `${x}<<${32 - bits}>>${32 - bits}===${x}`;
    this.check(range);
    this.add(each(size, (shift) => `b[a++]=${x}>>${shift};`, ''));
  }

  #items(item: Type, x: string): void {
    const i = this.name();
    this.end();
    this.add(`for(let ${i}=0;${i}<${x}.length;${i}++){`);
    this.part(item, `${x}[${i}]`);
    this.end();
    this.add('}');
  }

  #enum(variants: readonly Named[], x: string): void {
    const areNames = variants.every(({ type }) => isUnit(type));
    if (!areNames) this.check(`${x}!==undefined&&${x}!==null`);
    this.need(5);
    this.add(`switch(${areNames ? x : `${x}.type`}){`);
    for (const [index, variant] of variants.entries()) {
      this.add(`case ${key(variant.name)}:{`);
      this.varuint(`${index}`);
      this.end();
      if (!isUnit(variant.type)) this.part(variant.type, `${x}.value`);
      this.end();
      this.add('break}');
    }
    this.add('default:throw 0}');
  }
}

class DecodeCode extends Code {
  make(): Codec<any>['decode'] {
    const value = this.read(this.type);
    const body = `"use strict";return r=>{const b=r.bytes,e=r.end;let a=r.at;${this.code}r.at=a;return ${value}}`;
    return new Function('c', 'part', 'fail', 's', body)(this.calls, part, fail, scratch);
  }

  override room(size: number): string {
    return `if(e-a<${size})fail('bytes are missing');`;
  }

  /** The name of a variable that has what the expression is. */
  let(expression: string): string {
    const x = this.name();
    this.add(`let ${x}=${expression};`);
    return x;
  }

  /** The same, of what is read by a call. */
  by(call: string): string {
    this.add('r.at=a;');
    const x = this.let(call);
    this.add('a=r.at;');
    this.end();
    return x;
  }

  varuint(): string {
    this.need(1);
    const x = this.let('b[a++]');
    this.add(`if(${x}>127){r.at=a-1;${x}=r.varuint();a=r.at}`);
    this.end();
    return x;
  }

  /** One of those that may be of no bytes, of which there are not too many. */
  part(type: Type): string {
    return type.minSize > 0 ? this.read(type) : this.by(`part(${this.call(type)},r)`);
  }

  /** An expression of the value that is read. */
  read(type: Type): string {
    const size = SIZES[type.kind];
    if (size) return this.#scalar(type.kind, size);
    if (type.kind === 'varuint') return this.varuint();
    if (type.kind === 'varint') {
      const x = this.varuint();
      return `(${x}>>>1^-(${x}&1))`;
    }
    if (type.kind === 'string') return this.by(`r.utf8(${this.varuint()})`);
    if (type.kind === 'object' && type.minSize > 0) {
      const fields = type.fields.map(({ name, type }) => `${member(name)}:${this.let(this.part(type))}`);
      return `{${fields.join(',')}}`;
    }
    if (type.kind === 'array' && type.item.minSize > 0) return this.#items(type.item);
    if (areFew(type)) return `[${Array.from({ length: type.count }, () => this.let(this.part(type.item))).join(',')}]`;
    if (type.kind === 'tuple') {
      const { length } = type.items;
      const items = type.items.map((item, i) => {
        if (i === length - 1) this.add(`if(${this.varuint()}!==${length})fail('a tuple of another length');`);
        return this.let(this.part(item));
      });
      return `[${items.join(',')}]`;
    }
    if (type.kind === 'option' && !type.item.isOption) {
      const isThere = this.#flag();
      const x = this.let('undefined');
      this.#block(`if(${isThere}===1)`, () => this.add(`${x}=${this.read(type.item)}`));
      return x;
    }
    if (type.kind === 'enum') return this.#enum(type.variants);
    return this.by(`${this.call(type)}.decode(r)`);
  }

  #block(head: string, body: () => void): void {
    this.end();
    this.add(`${head}{`);
    body();
    this.end();
    this.add('}');
  }

  #flag(): string {
    this.need(1);
    const x = this.let('b[a++]');
    this.add(`if(${x}>1)fail('neither 0 nor 1');`);
    return x;
  }

  #scalar(kind: string, size: number): string {
    const bits = 8 * size;
    if (kind === 'bool') return this.let(`${this.#flag()}===1`);
    this.need(size);
    const integer = (size: number) => each(size, (shift) => `b[a++]<<${shift}`, '|');
    if (kind === 'float32') return this.let(`(s.setInt32(0,${integer(4)}),s.getFloat32(0))`);
    if (kind === 'float64') return this.let(`(s.setInt32(0,${integer(4)}),s.setInt32(4,${integer(4)}),s.getFloat64(0))`);
    if (kind[0] === 'u') return this.let(size < 4 ? integer(size) : `(${integer(size)})>>>0`);
    return this.let(size < 4 ? `(${integer(size)})<<${32 - bits}>>${32 - bits}` : integer(size));
  }

  #items(item: Type): string {
    const count = this.varuint();
    this.add(`if(${count}>(e-a)/${item.minSize})fail('bytes are missing');`);
    const items = this.let('[]');
    const i = this.name();
    this.#block(`for(let ${i}=0;${i}<${count};${i}++)`, () => this.add(`${items}.push(${this.read(item)});`));
    return items;
  }

  #enum(variants: readonly Named[]): string {
    const areNames = variants.every(({ type }) => isUnit(type));
    const index = this.varuint();
    const x = this.let('undefined');
    this.add(`switch(${index}){`);
    for (const [index, variant] of variants.entries()) {
      const name = key(variant.name);
      this.#block(`case ${index}:`, () => {
        const value = areNames ? name : isUnit(variant.type) ? `{type:${name}}` : `{type:${name},value:${this.read(variant.type)}}`;
        this.add(`${x}=${value};break`);
      });
    }
    this.add("default:fail('an unknown variant')}");
    return x;
  }
}

/** Where floats become numbers: a view of each message would take longer. */
const scratch = new DataView(new ArrayBuffer(8));

function fail(message: string): never {
  throw decodeError(message);
}
