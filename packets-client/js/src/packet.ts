/** What a packet carries, and what a `send` of it resolves to. */
export interface PacketType {
  data: unknown;
  response: unknown;
}

/** The packets of a program by their names, as the generated module has them. */
export type PacketTypes<P> = { [N in keyof P]: PacketType };

/** The packets that every program has beside its own, but for `Bundle`. */
export interface DefaultPackets {
  /** Sends the other end elsewhere: a page to this location. */
  Redirect: { data: string; response: undefined };
  /** Asks the other end to start over: a page reloads. */
  Refresh: { data: undefined; response: undefined };
}

/** All packets of a program. */
export type All<P> = P & DefaultPackets;
/** The name of a packet other than `Bundle`. */
export type Name<P> = keyof All<P> & string;
export type Data<P, N extends Name<P>> = All<P>[N] extends PacketType ? All<P>[N]['data'] : never;
export type Response<P, N extends Name<P>> = All<P>[N] extends PacketType ? All<P>[N]['response'] : never;

/** A packet by its name: `['PositionRequest', {id: 7}]`, or `['Slap']` if it carries nothing. */
export type NamedPacket<P, N extends Name<P>> = undefined extends Data<P, N>
  ? readonly [name: N, data?: Data<P, N>]
  : readonly [name: N, data: Data<P, N>];

/** Several packets in one: `['Bundle', [['Slap'], ['Redirect', '/']]]`. */
export type BundlePacket<P> = readonly [name: 'Bundle', packets: readonly Packet<P>[]];

/** Any packet, bundles among them. */
export type Packet<P> = { [N in Name<P>]: NamedPacket<P, N> }[Name<P>] | BundlePacket<P>;

/** What a packet's `send` resolves to; for a bundle, one result per packet, as of `Promise.allSettled`. */
export type ResponseTo<P, T> = T extends readonly ['Bundle', infer B extends readonly unknown[]]
  ? { -readonly [I in keyof B]: PromiseSettledResult<ResponseTo<P, B[I]>> }
  : T extends readonly [infer N extends Name<P>, ...unknown[]]
    ? Response<P, N>
    : never;
