// Made from the program's packets by `packets_core::typescript`. What is changed here is lost.
import { definePackets, type Duration, type Time } from 'packets-client';
import * as t from 'packets-client/types';

/** A field by schema, and one that may be anything. Answered with the id. */
export interface AnythingField {
  /** As MessagePack. */
  document: unknown;
  /** By schema. */
  id: number;
}

/** Answered with so many bytes as it asks for. */
export interface Blob {
  /** How many. */
  size: number;
}

/** A list, one in the other. */
export interface Chain {
  next?: Chain | undefined;
  value: number;
}

/** Without any content. */
export type Direction =
  /** Up. */
  | 'North'
  | 'South'
  | 'East'
  | 'West';

/** Where something is. */
export interface Position {
  /** From left to right. */
  x: number;
  /** From top to bottom. */
  y: number;
}

/**
 * Asks where something is.
 *
 * Ids from 100 on are refused.
 */
export interface PositionRequest {
  /** What is looked for. */
  id: number;
}

/** Answered with itself. The client's own schema has other fields. */
export interface Profile {
  /** Who. */
  name: string;
  /** Once it was smaller. */
  score: number;
  /** Older programs do not have it. */
  title: string;
}

/** All kinds of types. Answered with itself. */
export interface Rich {
  at: Time;
  /** Sixty-four bits, exactly. */
  big: bigint;
  /** A hundred and twenty-eight. */
  bigger: [bigint, bigint];
  bytes: Uint8Array;
  chain: Chain;
  count: number;
  direction: Direction;
  document: unknown;
  double: number;
  extra: unknown[];
  flag: boolean;
  floats: [number, number, number];
  from: { type: 'V4'; value: Uint8Array } | { type: 'V6'; value: Uint8Array };
  grid: Map<[number, number], number[]>;
  key: Uint8Array;
  length: Duration;
  letter: string;
  name?: string | undefined;
  /** An option of an option is a list. */
  nested: [] | [boolean | undefined];
  'not-a-word': number;
  nothing: Record<string, never>;
  offset: number;
  outcome: { type: 'Ok'; value: bigint } | { type: 'Err'; value: string };
  positions: Position[];
  scores: Map<string, number | undefined>;
  shapes: Shape[];
  small: [number, number, number, number, number, number];
  tags: Set<string>;
  tree: Tree;
}

/** Of different variants. */
export type Shape =
  /** Without content. */
  | { type: 'Nothing' }
  /** Of one part. */
  | { type: 'Circle'; value: number }
  /** Of two. */
  | { type: 'Line'; value: [Position, Position] }
  /** Of named parts. */
  | { type: 'Path'; value: {
    closed: boolean;
    /** All of them. */
    points: [number, number][];
  } };

/** Contains itself. */
export interface Tree {
  children: Tree[];
  value: number;
}

/** Each packet's data, and what a `send` of it resolves to. */
export interface PacketTypes {
  /** A field by schema, and one that may be anything. Answered with the id. */
  AnythingField: { data: AnythingField; response: bigint };
  /** The server asks back who it is, and answers with what it is told, or with why not. */
  AskMe: { data: undefined; response: { type: 'Ok'; value: string } | { type: 'Err'; value: string } };
  /** Answered with so many bytes as it asks for. */
  Blob: { data: Blob; response: Uint8Array };
  /** How many [`Wait`]s were cancelled, or ended with their connection. */
  Cancelled: { data: undefined; response: number };
  /** Answered with its text. */
  Echo: { data: string; response: string };
  /** The server redirects the client, and answers with what comes of it. */
  Navigate: { data: string; response: { type: 'Ok' } | { type: 'Err'; value: string } };
  /** Sent back, in order. */
  Number: { data: number; response: undefined };
  /**
   * Asks where something is.
   *
   * Ids from 100 on are refused.
   */
  PositionRequest: { data: PositionRequest; response: Position };
  /** Answered with itself. The client's own schema has other fields. */
  Profile: { data: Profile; response: Profile };
  /** All kinds of types. Answered with itself. */
  Rich: { data: Rich; response: Rich };
  /** Nothing but its id. */
  Slap: { data: undefined; response: undefined };
  /** Answered when nobody waits any more: never. */
  Wait: { data: undefined; response: undefined };
  /** A question to the client. */
  WhoAreYou: { data: undefined; response: string };
}

export const packets = definePackets<PacketTypes>(0xa03a4aeec2362d39n, {
  AnythingField: [0x2c746c9cfd5eb743n, t.object({ document: t.packed, id: t.uint32 }), t.uint64],
  AskMe: [0xac733301406f7b06n, t.unit, t.variants(['Ok', t.string], ['Err', t.string])],
  Blob: [0x908e782a42860c3bn, t.object({ size: t.uint32 }), t.buffer],
  Cancelled: [0x2a3930dcf18bc5b0n, t.unit, t.uint32],
  Echo: [0xc89968c1c0c1c845n, t.string, t.string],
  Navigate: [0x69fcc648d5d7cd49n, t.string, t.variants('Ok', ['Err', t.string])],
  Number: [0x59dfea5037dc3ca1n, t.uint32],
  PositionRequest: [0xf158f4c38f430c40n, t.object({ id: t.varuint }), t.object({ x: t.float32, y: t.float32 })],
  Profile: [0xa0740c999b321b71n, t.object({ name: t.string, score: t.uint32, title: t.string }, { title: '024472' }), t.object({ name: t.string, score: t.uint32, title: t.string }, { title: '024472' })],
  Rich: [0x1829d5aba3756220n, t.object({ at: t.object({ nanos: t.uint32, secs: t.int64 }), big: t.int64, bigger: t.tuple(t.uint128, t.int128), bytes: t.buffer, chain: t.definition('Chain', (own) => t.object({ next: t.option(own), value: t.uint8 })), count: t.varuint, direction: t.variants('North', 'South', 'East', 'West'), document: t.packed, double: t.float64, extra: t.list(t.packed), flag: t.bool, floats: t.fixed(t.float32, 3), from: t.variants(['V4', t.fixed(t.uint8, 4)], ['V6', t.fixed(t.uint8, 16)]), grid: t.map(t.tuple(t.int8, t.uint8), t.list(t.uint16)), key: t.fixed(t.uint8, 16), length: t.object({ nanos: t.uint32, secs: t.uint64 }), letter: t.char, name: t.option(t.string), nested: t.option(t.option(t.bool)), 'not-a-word': t.uint8, nothing: t.unit, offset: t.varint, outcome: t.variants(['Ok', t.uint64], ['Err', t.string]), positions: t.list(t.object({ x: t.float32, y: t.float32 })), scores: t.map(t.string, t.option(t.int32)), shapes: t.list(t.variants('Nothing', ['Circle', t.float32], ['Line', t.tuple(t.object({ x: t.float32, y: t.float32 }), t.object({ x: t.float32, y: t.float32 }))], ['Path', t.object({ closed: t.bool, points: t.list(t.tuple(t.uint8, t.uint8)) })])), small: t.tuple(t.int8, t.uint8, t.int16, t.uint16, t.int32, t.uint32), tags: t.set(t.string), tree: t.definition('Tree', (own) => t.object({ children: t.list(own), value: t.uint8 })) }), t.object({ at: t.object({ nanos: t.uint32, secs: t.int64 }), big: t.int64, bigger: t.tuple(t.uint128, t.int128), bytes: t.buffer, chain: t.definition('Chain', (own) => t.object({ next: t.option(own), value: t.uint8 })), count: t.varuint, direction: t.variants('North', 'South', 'East', 'West'), document: t.packed, double: t.float64, extra: t.list(t.packed), flag: t.bool, floats: t.fixed(t.float32, 3), from: t.variants(['V4', t.fixed(t.uint8, 4)], ['V6', t.fixed(t.uint8, 16)]), grid: t.map(t.tuple(t.int8, t.uint8), t.list(t.uint16)), key: t.fixed(t.uint8, 16), length: t.object({ nanos: t.uint32, secs: t.uint64 }), letter: t.char, name: t.option(t.string), nested: t.option(t.option(t.bool)), 'not-a-word': t.uint8, nothing: t.unit, offset: t.varint, outcome: t.variants(['Ok', t.uint64], ['Err', t.string]), positions: t.list(t.object({ x: t.float32, y: t.float32 })), scores: t.map(t.string, t.option(t.int32)), shapes: t.list(t.variants('Nothing', ['Circle', t.float32], ['Line', t.tuple(t.object({ x: t.float32, y: t.float32 }), t.object({ x: t.float32, y: t.float32 }))], ['Path', t.object({ closed: t.bool, points: t.list(t.tuple(t.uint8, t.uint8)) })])), small: t.tuple(t.int8, t.uint8, t.int16, t.uint16, t.int32, t.uint32), tags: t.set(t.string), tree: t.definition('Tree', (own) => t.object({ children: t.list(own), value: t.uint8 })) })],
  Slap: [0xf608e05005a0ec28n],
  Wait: [0xf608e05005a0ec28n],
  WhoAreYou: [0x71e74aad4e2364ecn, t.unit, t.string],
});
