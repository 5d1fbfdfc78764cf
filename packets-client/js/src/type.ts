import type { Codec } from './codec.js';

/** A type that is written as one word. */
export type Word =
  | 'bool'
  | `${'' | 'u'}int${8 | 16 | 32 | 64 | 128}`
  | `float${32 | 64}`
  | 'varuint'
  | 'varint'
  | 'char'
  | 'string'
  | 'buffer'
  | 'packed';

/** What a type is made of, and its codec. */
export type Type = Codec<any> &
  (
    | { readonly kind: Word }
    | { readonly kind: 'array' | 'option' | 'set'; readonly item: Type }
    | { readonly kind: 'fixed'; readonly item: Type; readonly count: number }
    | { readonly kind: 'map'; readonly key: Type; readonly value: Type }
    | { readonly kind: 'object'; readonly fields: readonly Named[] }
    | { readonly kind: 'tuple' | 'open'; readonly items: readonly Type[] }
    | { readonly kind: 'enum'; readonly variants: readonly Named[] }
    | { readonly kind: 'definition' | 'reference'; readonly name: string; content: Type }
  );

/** A definition, within itself. */
export type Reference = Type & { kind: 'reference' };

/** A field or a variant. */
export interface Named {
  readonly name: string;
  readonly type: Type;
  /** Of a field that its sender may lack: its bytes, maybe in hexadecimal digits, or `null` if they are not known. */
  readonly fallback?: Fallback | undefined;
}

export type Fallback = string | Uint8Array | null;
