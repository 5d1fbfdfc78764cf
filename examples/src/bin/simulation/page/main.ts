// The page: what is sent, and what becomes of what arrives.
import { Socket, ValidationError } from 'packets-client';
import { WorldMap } from './map.js';
import { packets, type Audience, type World } from './packets.js';

const at = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const socket = new Socket(packets, '/socket', { reconnect: { most: 3_000 } });
// For who opens the console: `await socket.send(['PositionRequest', {id: 7}])`.
Object.assign(globalThis, { socket });

let map: WorldMap | undefined;
let looked = new Set<number>();
let json = 0;
let received = 0;
/** How many look at each region. It may be told before the world is. */
let counts: Audience['regions'] = [];

/** What takes a packet in, and counts what it would take as JSON. */
function counted<D>(name: string, take: (data: D) => void): (data: D) => void {
  return (data) => {
    json += JSON.stringify([name, data]).length;
    received++;
    take(data);
  };
}

socket.accept('Positions', counted('Positions', ({ places }) => map?.place(places)));

socket.accept('Audience', counted('Audience', ({ visitors, regions }) => {
  at('visitors').textContent = visitors === 1 ? 'only you look on' : `${visitors} look on`;
  counts = regions;
  if (map) showCounts();
}));

socket.accept('Line', counted('Line', ({ visitor, text }) => {
  const line = document.createElement('li');
  const name = document.createElement('b');
  name.textContent = `Visitor ${visitor}`;
  line.append(name, text);
  const lines = at('lines');
  lines.append(line);
  if (lines.childElementCount > 100) lines.firstElementChild?.remove();
  lines.scrollTop = lines.scrollHeight;
}));

// ---- the connection ----

const show = () => {
  const { state } = socket;
  at('state').textContent = at('state').dataset.state = state;
  at('away').hidden = state === 'open' || !socket.closeReason;
};

// To a server that is new, or has forgotten this page, it looks at nothing.
let before = socket.state;
socket.subscribe(() => {
  if (socket.state === 'open' && before !== 'open' && socket.recovered?.kind === 'new') looked = new Set();
  before = socket.state;
  show();
});

function begin(world: World): void {
  map = new WorldMap(at('map'), world);
  map.following = 7;
  at('regions').style.gridTemplateColumns = `repeat(${world.columns}, 1fr)`;
  for (let region = 0; region < world.columns * world.rows; region++) {
    const button = document.createElement('button');
    button.ariaLabel = `Look at region ${region}`;
    button.onclick = () => {
      map!.following = undefined;
      const [column, row] = [region % world.columns, Math.floor(region / world.columns)];
      map!.lookAt(((column + 0.5) * world.width) / world.columns, ((row + 0.5) * world.height) / world.rows);
    };
    at('regions').insertBefore(button, at('view'));
  }
  showCounts();
  setInterval(look, 100);
  setInterval(() => void follow(), 500);
  void follow();
}

const cell = (region: number) => at('regions').children[region] as HTMLElement;

function showCounts(): void {
  for (const [region, count] of counts.entries()) cell(region).textContent = count ? String(count) : '';
}

/** Tells the server which regions are in view, if they are others than before. */
function look(): void {
  const regions = map!.regions();
  const { left, top, width, height } = map!.view;
  const share = (share: number) => `${share * 100}%`;
  Object.assign(at('view').style, { left: share(left), top: share(top), width: share(width), height: share(height) });
  if (socket.state !== 'open' || regions.symmetricDifference(looked).size === 0) return;
  socket.emit(['Look', { regions }]);
  for (const region of looked) cell(region).ariaPressed = 'false';
  for (const region of regions) cell(region).ariaPressed = 'true';
  looked = regions;
}

/** Asks until there is an answer: the server may go away before it. */
async function world(): Promise<World> {
  for (;;) {
    try {
      await socket.ready();
      return await socket.send(['WorldRequest']);
    } catch (error) {
      if (socket.state === 'closed') throw error;
      // A server that refuses is not asked all the time.
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** What is followed may be where the page does not look: the server knows. */
async function follow(): Promise<void> {
  const id = map!.following;
  if (id === undefined || map!.knows(id) || socket.state !== 'open') return;
  try {
    const { x, y } = await socket.send(['PositionRequest', { id }]);
    map!.lookAt(x, y);
  } catch {
    // It is asked again soon.
  }
}

// ---- figures ----

let last = { received: socket.traffic.received, since: performance.now() };
setInterval(() => {
  const now = performance.now();
  const seconds = (now - last.since) / 1_000;
  const binary = (socket.traffic.received - last.received) / seconds;
  last = { received: socket.traffic.received, since: now };
  const text = json / seconds;
  at('binary').textContent = size(binary);
  at('json').textContent = size(text);
  at('rate').textContent = String(Math.round(received / seconds));
  at('places').textContent = String(map?.size ?? 0);
  at('ratio').textContent = binary > 0 && text > 0 ? `${(text / binary).toFixed(1)} times` : '–';
  const most = Math.max(text, binary, 1);
  at<HTMLMeterElement>('binary-bar').value = binary / most;
  at<HTMLMeterElement>('json-bar').value = text / most;
  json = received = 0;
}, 1_000);

const size = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB/s`;

// ---- what the visitor does ----

/** Does what asks the server, and shows what comes of it. */
async function attempt(output: HTMLElement, ask: () => Promise<string>): Promise<void> {
  delete output.dataset.refused;
  try {
    output.textContent = await ask();
  } catch (error) {
    output.dataset.refused = '';
    output.textContent = error instanceof ValidationError ? `ValidationError ${error.code}: ${error.reason}` : String(error);
  }
}

at('find').onsubmit = (event) => {
  event.preventDefault();
  const id = at<HTMLInputElement>('id').valueAsNumber;
  void attempt(at('found'), async () => {
    const since = performance.now();
    const { x, y } = await socket.send(['PositionRequest', { id }]);
    const took = performance.now() - since;
    map!.following = id;
    map!.lookAt(x, y);
    return `It is at ${x / 10}, ${y / 10}. The answer took ${took.toFixed(1)} ms.`;
  });
};

at('say').onsubmit = (event) => {
  event.preventDefault();
  const input = at<HTMLInputElement>('text');
  void attempt(at('said'), async () => {
    await socket.send(['Say', input.value]);
    input.value = '';
    return '';
  });
};

at('refresh').onclick = () => socket.emit(['RefreshMe']);
for (const button of document.querySelectorAll<HTMLElement>('[data-to]')) {
  button.onclick = () => {
    void attempt(at('moved'), async () => {
      await socket.send(['RedirectMe', button.dataset.to!]);
      return 'The page goes there.';
    });
  };
}

const loads = Number(sessionStorage.getItem('loads') ?? 0) + 1;
sessionStorage.setItem('loads', String(loads));
at('loads').textContent = String(loads);

show();
begin(await world());
