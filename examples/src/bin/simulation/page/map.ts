// What is drawn: the part of the world in view, and what moves in it.
import type { Place, World } from './packets.js';

const COLORS = ['#6ea8ff', '#ff8f6b', '#7ee0a3', '#e6c35c', '#c895ff', '#5fd4e6'];
/** So many places a trail is long. */
const TRAIL = 18;
/** Milliseconds after which what is not heard of any more is taken off. */
const FORGET = 400;

type Point = readonly [x: number, y: number];

interface Body {
  /** Where it was, tick by tick, the newest last. */
  readonly trail: Point[];
  heard: number;
}

/** A view of the world, which follows a position or is moved by hand. */
export class WorldMap {
  readonly #canvas: HTMLCanvasElement;
  readonly #bodies = new Map<number, Body>();
  readonly #world: World;
  #middle: Point;
  /** The number of the position that is followed. */
  following: number | undefined;

  constructor(canvas: HTMLCanvasElement, world: World) {
    this.#canvas = canvas;
    this.#world = world;
    this.#middle = [world.width / 20, world.height / 20];
    canvas.onpointerdown = ({ pointerId }) => canvas.setPointerCapture(pointerId);
    canvas.onpointermove = (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) this.#move(-event.movementX / this.#scale, -event.movementY / this.#scale);
    };
    canvas.onkeydown = ({ key }) => {
      const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] ?? [0, 0];
      if (x || y) this.#move(x! * 60, y! * 60);
    };
    const draw = () => {
      this.#draw();
      requestAnimationFrame(draw);
    };
    draw();
  }

  /** How many positions are known. */
  get size(): number {
    return this.#bodies.size;
  }

  /** Whether something is known to be somewhere. */
  knows(id: number): boolean {
    return this.#bodies.has(id);
  }

  get #scale(): number {
    return Math.min(Math.max(this.#canvas.clientWidth / 1400, 0.55), 1);
  }

  /** The part of the world in view, as shares of it. */
  get view(): { left: number; top: number; width: number; height: number } {
    const { width, height } = this.#size;
    const [x, y] = this.#middle;
    const across = (this.#canvas.clientWidth / this.#scale) / width;
    const down = (this.#canvas.clientHeight / this.#scale) / height;
    return { left: x / width - across / 2, top: y / height - down / 2, width: across, height: down };
  }

  get #size(): { width: number; height: number } {
    return { width: this.#world.width / 10, height: this.#world.height / 10 };
  }

  /** The regions in view. */
  regions(): Set<number> {
    const { columns, rows } = this.#world;
    const { left, top, width, height } = this.view;
    const range = (from: number, to: number, count: number) => {
      const first = Math.max(Math.floor(from * count), 0);
      const last = Math.min(Math.floor(to * count), count - 1);
      return Array.from({ length: Math.max(last - first + 1, 0) }, (_, index) => first + index);
    };
    const across = range(left, left + width, columns);
    return new Set(range(top, top + height, rows).flatMap((row) => across.map((column) => row * columns + column)));
  }

  /** What is where now. */
  place(places: readonly Place[]): void {
    const now = performance.now();
    for (const { id, x, y } of places) {
      let body = this.#bodies.get(id);
      if (!body) this.#bodies.set(id, (body = { trail: [], heard: now }));
      body.heard = now;
      body.trail.push([x / 10, y / 10]);
      if (body.trail.length > TRAIL) body.trail.shift();
    }
  }

  /** Moves the view there, in tenths. */
  lookAt(x: number, y: number): void {
    const { width, height } = this.#size;
    // As far as the world goes.
    const within = (at: number, length: number, shown: number) =>
      Math.min(Math.max(at, Math.min(shown, length) / 2), length - Math.min(shown, length) / 2);
    this.#middle = [
      within(x / 10, width, this.#canvas.clientWidth / this.#scale),
      within(y / 10, height, this.#canvas.clientHeight / this.#scale),
    ];
  }

  #move(x: number, y: number): void {
    this.following = undefined;
    this.lookAt((this.#middle[0] + x) * 10, (this.#middle[1] + y) * 10);
  }

  #draw(): void {
    const canvas = this.#canvas;
    const context = canvas.getContext('2d')!;
    const density = devicePixelRatio;
    const [width, height] = [Math.round(canvas.clientWidth * density), Math.round(canvas.clientHeight * density)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const now = performance.now();
    for (const [id, body] of this.#bodies) if (now - body.heard > FORGET) this.#bodies.delete(id);
    const followed = this.following === undefined ? undefined : this.#bodies.get(this.following);
    if (followed) {
      const [x, y] = between(followed, now, this.#world.tick);
      this.lookAt((this.#middle[0] + (x - this.#middle[0]) * 0.06) * 10, (this.#middle[1] + (y - this.#middle[1]) * 0.06) * 10);
    }
    context.resetTransform();
    context.fillStyle = '#07090e';
    context.fillRect(0, 0, width, height);
    const scale = this.#scale * density;
    context.setTransform(scale, 0, 0, scale, width / 2 - this.#middle[0] * scale, height / 2 - this.#middle[1] * scale);
    this.#drawRegions(context);
    for (const [id, body] of this.#bodies) this.#drawBody(context, id, body, now);
  }

  #drawRegions(context: CanvasRenderingContext2D): void {
    const { columns, rows } = this.#world;
    const { width, height } = this.#size;
    const [side, tall] = [width / columns, height / rows];
    context.font = '600 18px system-ui, sans-serif';
    context.lineWidth = 1;
    for (let region = 0; region < columns * rows; region++) {
      const [x, y] = [(region % columns) * side, Math.floor(region / columns) * tall];
      context.fillStyle = (region + Math.floor(region / columns)) % 2 ? '#0d111a' : '#0f1420';
      context.fillRect(x, y, side, tall);
      context.strokeStyle = '#1e2636';
      context.strokeRect(x, y, side, tall);
      context.fillStyle = '#3d4961';
      context.fillText(`region ${region}`, x + 12, y + tall - 12);
    }
  }

  #drawBody(context: CanvasRenderingContext2D, id: number, body: Body, now: number): void {
    const color = COLORS[(id % this.#world.flocks) % COLORS.length]!;
    const [x, y] = between(body, now, this.#world.tick);
    const old = body.trail.slice(0, -1);
    const before = old.at(-3) ?? old[0] ?? [x, y];
    context.strokeStyle = color;
    context.lineWidth = 2.5;
    // The nearer it is, the more often it is drawn over.
    context.globalAlpha = 0.22;
    for (const share of [0, 0.4, 0.7]) {
      context.beginPath();
      for (const [x, y] of old.slice(old.length * share)) context.lineTo(x, y);
      context.lineTo(x, y);
      context.stroke();
    }
    context.globalAlpha = 1;
    // A dart in the direction it moves in.
    const angle = Math.atan2(y - before[1], x - before[0]);
    const corner = (turn: number, length: number): [number, number] => [
      x + Math.cos(angle + turn) * length,
      y + Math.sin(angle + turn) * length,
    ];
    context.fillStyle = color;
    context.beginPath();
    context.moveTo(...corner(0, 13));
    context.lineTo(...corner(2.5, 9));
    context.lineTo(...corner(-2.5, 9));
    context.fill();
    if (id === this.following) {
      context.strokeStyle = context.fillStyle = '#fff';
      context.beginPath();
      context.arc(x, y, 20, 0, 7);
      context.stroke();
      context.fillText(String(id), x + 26, y + 5);
    }
  }
}

/** Where a body is between the last two ticks: what is shown is a tick old. */
function between({ trail, heard }: Body, now: number, tick: number): Point {
  const last = trail.at(-1)!;
  const before = trail.at(-2) ?? last;
  const share = Math.min((now - heard) / tick, 1);
  return [before[0] + (last[0] - before[0]) * share, before[1] + (last[1] - before[1]) * share];
}
