import { refusing, respond, type Acceptor } from './acceptor.js';
import type { Agreement, Incoming } from './agreement.js';
import { encodeResults, receivedItems } from './bundle.js';
import { decode } from './codec.js';
import { isUnit } from './compound.js';
import { reject } from './frame.js';
import { target, type Page } from './page.js';
import { PacketStream } from './stream.js';

/** Whether a packet asks for an answer, and when nobody waits for it any more. */
export interface Want {
  readonly answer: boolean;
  readonly signal: AbortSignal;
}

/** The way of a received packet to its acceptor and streams, through bundles if need be. */
export class Dispatcher<S> {
  readonly #acceptors = new Map<string, Acceptor<any, any, S>>();
  readonly #streams = new Map<string, Set<PacketStream<any>>>();
  readonly #socket: S;
  readonly #exposeErrors: boolean;

  constructor(socket: S, exposeErrors: boolean, page: Page | undefined, origins: readonly string[]) {
    this.#socket = socket;
    this.#exposeErrors = exposeErrors;
    if (page) {
      // The answer goes out first.
      const later = (leave: () => void) => void setTimeout(leave, 0);
      this.#acceptors.set('Refresh', () => later(() => page.reload()));
      this.#acceptors.set('Redirect', (address: string) => {
        const url = target(page, address, origins);
        later(() => page.assign(url));
      });
    }
  }

  /** Sets what accepts a packet; what is returned takes it back. */
  set(name: string, acceptor: Acceptor<any, any, S>): () => void {
    const before = this.#acceptors.get(name);
    this.#acceptors.set(name, acceptor);
    return () => {
      if (this.#acceptors.get(name) !== acceptor) return;
      if (before) this.#acceptors.set(name, before);
      else this.#acceptors.delete(name);
    };
  }

  stream(name: string, limit: number): PacketStream<any> {
    const streams = this.#streams.get(name) ?? new Set();
    this.#streams.set(name, streams);
    const stream: PacketStream<any> = new PacketStream(limit, () => streams.delete(stream));
    streams.add(stream);
    return stream;
  }

  /** No packet will come any more. */
  finish(): void {
    for (const streams of this.#streams.values()) for (const stream of streams) stream.finish();
  }

  /** Lets everyone have the packet who wants it. Nothing is left to do if nobody answers, and nobody asks. */
  accept(route: Incoming, body: Uint8Array, agreement: Agreement, want: Want): Promise<Uint8Array> | undefined {
    try {
      return this.#accept(route, body, agreement, want);
    } catch (error) {
      return want.answer ? Promise.reject(error) : undefined;
    }
  }

  #accept(route: Incoming, body: Uint8Array, agreement: Agreement, want: Want): Promise<Uint8Array> | undefined {
    if (!('packet' in route)) throw reject(route.kind, route.message);
    const { packet, way } = route;
    const { name } = packet;
    let acceptor = this.#acceptors.get(name);
    const streams = this.#streams.get(name);
    if (!acceptor && name === 'Bundle') return this.#unbundle(body, agreement, want);
    if (acceptor || streams?.size) {
      const data = refusing(() => decode(packet.data, way?.body(body) ?? body));
      for (const stream of streams ?? []) stream.push(data);
      if (!acceptor && isUnit(packet.types[1])) {
        // A stream took it, and there is nothing to say but that it came.
        if (!want.answer) return undefined;
        acceptor = () => {};
      }
      if (acceptor) {
        return respond(acceptor, route, data, { socket: this.#socket, signal: want.signal }, this.#exposeErrors);
      }
    }
    throw reject('notAccepted', `nothing accepts ${name} here`);
  }

  /** Accepts a bundle's items in order, each by itself: one that fails does not stop the others. */
  async #unbundle(body: Uint8Array, agreement: Agreement, want: Want): Promise<Uint8Array> {
    const items = refusing(() => receivedItems(body, agreement));
    const answers = items.map((item) => this.accept(agreement.incoming(item.id), item.body, agreement, want));
    return encodeResults(await Promise.allSettled(answers.map((answer) => answer ?? new Uint8Array())));
  }
}
