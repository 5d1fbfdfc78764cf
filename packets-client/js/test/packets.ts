// Made from the program's packets by `packets_core::typescript`. What is changed here is lost.
import { definePackets, type Duration, type Time } from 'packets-client';

/** A schema with one field that may be anything. */
export interface AnythingField {
  /** As MessagePack. */
  document: unknown;
  /** By schema: four bytes. */
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

export interface Position {
  x: number;
  y: number;
}

/** Asks where something is. */
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

export const packets = definePackets<PacketTypes>({
  AnythingField: ['{document:packed,id:uint32}', 'uint64'],
  AskMe: ['{}', 'enum{Ok:string,Err:string}'],
  Blob: ['{size:uint32}', 'buffer'],
  Cancelled: ['{}', 'uint32'],
  Echo: ['string', 'string'],
  Navigate: ['string', 'enum{Ok,Err:string}'],
  Number: ['uint32'],
  PositionRequest: ['{id:varuint}', '{x:float32,y:float32}'],
  Profile: ['{name:string,score:uint32,title?:string}', '{name:string,score:uint32,title?:string}', ['024472', '024472']],
  Rich: ['{at:{nanos:uint32,secs:int64},big:int64,bigger:(uint128,int128),bytes:buffer,chain:@Chain<{next:@Chain?,value:uint8}>,count:varuint,direction:enum{North,South,East,West},document:packed,double:float64,extra:[packed],flag:bool,floats:[float32;3],from:enum{V4:[uint8;4],V6:[uint8;16]},grid:map<(int8,uint8),[uint16]>,key:[uint8;16],length:{nanos:uint32,secs:uint64},letter:char,name:string?,nested:bool??,"not-a-word":uint8,nothing:{},offset:varint,outcome:enum{Ok:uint64,Err:string},positions:[{x:float32,y:float32}],scores:map<string,int32?>,shapes:[enum{Nothing,Circle:float32,Line:({x:float32,y:float32},{x:float32,y:float32}),Path:{closed:bool,points:[(uint8,uint8)]}}],small:(int8,uint8,int16,uint16,int32,uint32),tags:set<string>,tree:@Tree<{children:[@Tree],value:uint8}>}', '{at:{nanos:uint32,secs:int64},big:int64,bigger:(uint128,int128),bytes:buffer,chain:@Chain<{next:@Chain?,value:uint8}>,count:varuint,direction:enum{North,South,East,West},document:packed,double:float64,extra:[packed],flag:bool,floats:[float32;3],from:enum{V4:[uint8;4],V6:[uint8;16]},grid:map<(int8,uint8),[uint16]>,key:[uint8;16],length:{nanos:uint32,secs:uint64},letter:char,name:string?,nested:bool??,"not-a-word":uint8,nothing:{},offset:varint,outcome:enum{Ok:uint64,Err:string},positions:[{x:float32,y:float32}],scores:map<string,int32?>,shapes:[enum{Nothing,Circle:float32,Line:({x:float32,y:float32},{x:float32,y:float32}),Path:{closed:bool,points:[(uint8,uint8)]}}],small:(int8,uint8,int16,uint16,int32,uint32),tags:set<string>,tree:@Tree<{children:[@Tree],value:uint8}>}'],
  Slap: ['{}'],
  Wait: ['{}'],
  WhoAreYou: ['{}', 'string'],
});
