import { PacketsError } from './error.js';

/** A schema as data. `text` is its canonical text. */
export type Type = { readonly text: string } & (
  | { readonly kind: Word }
  | { readonly kind: 'array' | 'option' | 'set'; readonly item: Type }
  | { readonly kind: 'fixed'; readonly item: Type; readonly count: number }
  | { readonly kind: 'map'; readonly key: Type; readonly value: Type }
  | { readonly kind: 'object'; readonly fields: readonly Named[] }
  | { readonly kind: 'tuple' | 'open'; readonly items: readonly Type[] }
  | { readonly kind: 'enum'; readonly variants: readonly Named[] }
  | { readonly kind: 'definition'; readonly name: string; readonly content: Type }
  | { readonly kind: 'reference'; readonly name: string }
);

/** A field or a variant. */
export interface Named {
  readonly name: string;
  readonly type: Type;
}

const WORDS = [
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'int128',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'uint128',
  'float32',
  'float64',
  'varuint',
  'varint',
  'char',
  'string',
  'buffer',
  'packed',
] as const;

/** A type that is written as one word. */
export type Word = (typeof WORDS)[number];

const MAX_DEPTH = 64;

/** The type of no bytes. */
export const UNIT: Type = { kind: 'object', fields: [], text: '{}' };

/** Reads the canonical text of a schema. */
export function parse(text: string): Type {
  const parser = new Parser(text);
  const type = parser.type();
  return parser.at < text.length ? parser.fail('the end') : type;
}

class Parser {
  at = 0;
  #depth = 0;
  readonly #definitions: string[] = [];

  constructor(readonly text: string) {}

  fail(expected: string): never {
    throw new PacketsError('schema', `expected ${expected} at ${this.at} of the schema ${this.text}`);
  }

  #eat(part: string): boolean {
    const found = this.text.startsWith(part, this.at);
    if (found) this.at += part.length;
    return found;
  }

  #need(part: string): void {
    if (!this.#eat(part)) this.fail(part);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  type(): Type {
    const start = this.at;
    const depth = this.#depth;
    this.#deeper();
    const whole = <T extends object>(type: T) => ({ ...type, text: this.text.slice(start, this.at) });
    let type: Type = whole(this.#plain());
    while (this.#eat('?')) {
      this.#deeper();
      type = whole({ kind: 'option', item: type } as const);
    }
    this.#depth = depth;
    return type;
  }

  #deeper(): void {
    if (++this.#depth > MAX_DEPTH) this.fail('at most 64 nested types');
  }

  #plain() {
    if (this.#eat('[')) return this.#array();
    if (this.#eat('(')) return { kind: 'tuple', items: this.#types([this.type()], ')') } as const;
    if (this.#eat('{')) {
      return {
        kind: 'object',
        fields: this.#named((name, last) => last === undefined || last < name, true),
      } as const;
    }
    if (this.#eat('@')) return this.#definition();
    if (this.#eat('enum{')) {
      const names = new Set<string>();
      return {
        kind: 'enum',
        variants: this.#named((name) => !names.has(name) && !!names.add(name), false),
      } as const;
    }
    if (this.#eat('set<')) {
      const item = this.type();
      this.#need('>');
      return { kind: 'set', item } as const;
    }
    if (this.#eat('map<')) {
      const key = this.type();
      this.#need(',');
      const value = this.type();
      this.#need('>');
      return { kind: 'map', key, value } as const;
    }
    const word = this.#match(/[a-z0-9]*/y) as Word;
    return WORDS.includes(word) ? { kind: word } : this.fail('a type');
  }

  #array() {
    const item = this.type();
    if (this.#eat(';')) {
      const count = Number(this.#match(/\d+/y) || this.fail('a number'));
      if (count > 0xffffffff) this.fail('a number below 2³²');
      this.#need(']');
      return { kind: 'fixed', item, count } as const;
    }
    if (this.#eat(']')) return { kind: 'array', item } as const;
    return { kind: 'open', items: this.#types([item], ']') } as const;
  }

  #types(items: Type[], end: string): Type[] {
    while (this.#eat(',')) items.push(this.type());
    this.#need(end);
    return items;
  }

  /** Fields or variants; whether a name may follow the last one is for `fits` to say. */
  #named(fits: (name: string, last: string | undefined) => boolean, isObject: boolean): Named[] {
    const named: Named[] = [];
    while (!this.#eat('}')) {
      if (named.length > 0) this.#need(',');
      const name = this.#name();
      if (!fits(name, named.at(-1)?.name)) this.fail('another name before');
      if (isObject) this.#eat('?');
      const hasType = this.#eat(':') || (isObject && this.fail(':'));
      named.push({ name, type: hasType ? this.type() : UNIT });
    }
    return named;
  }

  #definition() {
    const name = this.#name();
    if (this.#eat('<')) {
      this.#definitions.push(name);
      const content = this.type();
      this.#definitions.pop();
      this.#need('>');
      return { kind: 'definition', name, content } as const;
    }
    if (!this.#definitions.includes(name)) this.fail('the name of an enclosing definition');
    return { kind: 'reference', name } as const;
  }

  #name(): string {
    if (this.text[this.at] === '"') {
      const quoted = this.#match(/"(?:[^"\\]|\\["\\])*"/y) || this.fail('"');
      return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
    }
    return this.#match(/(?:\w|[^\x00-\x7f])+/y) || this.fail('a name');
  }
}
