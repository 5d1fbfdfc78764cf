// Made from the program's packets by `packets_core::typescript`. What is changed here is lost.
import { definePackets } from 'packets-client';
import * as t from 'packets-client/types';

/** How many look on, in all and at each region. */
export interface Audience {
  regions: number[];
  visitors: number;
}

/** What somebody said. */
export interface Line {
  text: string;
  /** A number that the server gives to each visitor. */
  visitor: number;
}

/** Looks at these regions from now on, and at no others. */
export interface Look {
  regions: Set<number>;
}

/** Something, and where it is. */
export interface Place {
  id: number;
  x: number;
  y: number;
}

/** Where something is. */
export interface Position {
  x: number;
  y: number;
}

/** Asks where something is, wherever in the world. */
export interface PositionRequest {
  id: number;
}

/**
 * Where everything is that is in a region. Sent to those who look at it, many times a second; to one who cannot keep
 * up, the oldest are not sent.
 */
export interface Positions {
  places: Place[];
  region: number;
}

/** What the world is like. Lengths are in tenths, as all of them are. */
export interface World {
  /** So many regions lie side by side. They are numbered row by row, from 0. */
  columns: number;
  /** A position's flock is the remainder of its number by this. */
  flocks: number;
  /** From top to bottom. */
  height: number;
  /** So many positions there are, numbered from 0. */
  positions: number;
  /** So many rows of them there are. */
  rows: number;
  /** The milliseconds from one set of positions to the next. */
  tick: number;
  /** From left to right. */
  width: number;
}

/** Each packet's data, and what a `send` of it resolves to. */
export interface PacketTypes {
  /** How many look on, in all and at each region. */
  Audience: { data: Audience; response: undefined };
  /** What somebody said. */
  Line: { data: Line; response: undefined };
  /** Looks at these regions from now on, and at no others. */
  Look: { data: Look; response: undefined };
  /** Asks where something is, wherever in the world. */
  PositionRequest: { data: PositionRequest; response: Position };
  /**
   * Where everything is that is in a region. Sent to those who look at it, many times a second; to one who cannot keep
   * up, the oldest are not sent.
   */
  Positions: { data: Positions; response: undefined };
  /** Asks to be sent a `Redirect` to this address. Refused with what the page says if it does not go there. */
  RedirectMe: { data: string; response: undefined };
  /** Asks to be sent a `Refresh`. */
  RefreshMe: { data: undefined; response: undefined };
  /** Says something to everybody. */
  Say: { data: string; response: undefined };
  /** Asks what the world is like. */
  WorldRequest: { data: undefined; response: World };
}

export const packets = definePackets<PacketTypes>(0x8120646df9635419n, {
  Audience: [0x290dcece9b08c600n, t.object({ regions: t.list(t.uint32), visitors: t.uint32 })],
  Line: [0xd142ffc59d805e0dn, t.object({ text: t.string, visitor: t.varuint })],
  Look: [0x23e32b92aaf55a15n, t.object({ regions: t.set(t.uint8) })],
  PositionRequest: [0xfde7b31145cb49d6n, t.object({ id: t.varuint }), t.object({ x: t.uint16, y: t.uint16 })],
  Positions: [0xd97815c77fccea7dn, t.object({ places: t.list(t.object({ id: t.varuint, x: t.uint16, y: t.uint16 })), region: t.uint8 })],
  RedirectMe: [0x9acc8d87a778112dn, t.string],
  RefreshMe: [0xf608e05005a0ec28n],
  Say: [0x9acc8d87a778112dn, t.string],
  WorldRequest: [0x8c06238e3fb0ece4n, t.unit, t.object({ columns: t.uint8, flocks: t.uint8, height: t.uint16, positions: t.uint16, rows: t.uint8, tick: t.uint16, width: t.uint16 })],
});
