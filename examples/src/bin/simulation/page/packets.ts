// Made from the program's packets by `packets_core::typescript`. What is changed here is lost.
import { definePackets } from 'packets-client';

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

export const packets = definePackets<PacketTypes>({
  Audience: ['{regions:[uint32],visitors:uint32}'],
  Line: ['{text:string,visitor:varuint}'],
  Look: ['{regions:set<uint8>}'],
  PositionRequest: ['{id:varuint}', '{x:uint16,y:uint16}'],
  Positions: ['{places:[{id:varuint,x:uint16,y:uint16}],region:uint8}'],
  RedirectMe: ['string'],
  RefreshMe: ['{}'],
  Say: ['string'],
  WorldRequest: ['{}', '{columns:uint8,flocks:uint8,height:uint16,positions:uint16,rows:uint8,tick:uint16,width:uint16}'],
});
