/** What one socket may take, and what happens at each limit. Times are in milliseconds. */
export interface Limits {
  /** The largest message taken in, in bytes. A larger one ends the connection. 4 MiB. */
  maxMessage: number;
  /** The largest message sent, in bytes, if the server takes that much. A larger one fails as `tooLarge`. 4 MiB. */
  maxSend: number;
  /** How many calls may wait for their answers. Further ones wait in the queue. 256. */
  calls: number;
  /** How many acceptors may run. Further calls are rejected as `overloaded`, further packets wait. 256. */
  acceptors: number;
  /** How many packets may wait for an acceptor. The newest beyond it is dropped. 256. */
  inbox: number;
  /** How many packets may wait to be written. Further ones fail as `full`. 256. */
  queueFrames: number;
  /** How many bytes may wait to be written, in the queue and in the WebSocket each. Further ones fail as `full`. 1 MiB. */
  queueBytes: number;
  /** How many frames are kept until the server has them, in case the connection is lost. The oldest go. 1,024. */
  retainedFrames: number;
  /**
   * How many bytes of them. The oldest go. As many bytes of answers wait for a connection, further ones become rejects
   * as `overloaded`; and as many of 256 answers are kept for calls that the server repeats. 100 KiB.
   */
  retainedBytes: number;
  /** How many packets may wait in each stream of packets. The oldest beyond it is dropped. 256. */
  stream: number;
  /** How long the server may take to greet. Then the connection ends. 10 s. */
  handshakeTimeout: number;
  /** How much silence of the server there may be before it is asked for a sign of life. 25 s. */
  heartbeatInterval: number;
  /** How much silence of the server there may be in all. Then the connection ends. 45 s. */
  heartbeatTimeout: number;
  /** How long a `send` waits for its answer, unless it says otherwise. Then it fails as `timeout`. 10 s. */
  callTimeout: number;
  /** How long an acceptor may take for a call. Then the call is rejected as `deadlinePassed`. 30 s. */
  acceptorTimeout: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxMessage: 4 << 20,
  maxSend: 4 << 20,
  calls: 256,
  acceptors: 256,
  inbox: 256,
  queueFrames: 256,
  queueBytes: 1 << 20,
  retainedFrames: 1024,
  retainedBytes: 100 << 10,
  stream: 256,
  handshakeTimeout: 10_000,
  heartbeatInterval: 25_000,
  heartbeatTimeout: 45_000,
  callTimeout: 10_000,
  acceptorTimeout: 30_000,
};

/** The longest time that a timer can be set to. */
export const MAX_TIME = 0x7fffffff;

/** A time that a timer can be set to, and a call can have left. */
export const timerTime = (time: number) => Math.min(Math.max(time, 1), MAX_TIME);
