// In Chromium: the example `simulation` as its visitors have it, and the package in a page and in a worker.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, createServer as createProxy, type AddressInfo, type Socket as Wire } from 'node:net';
import { after, before, test } from 'node:test';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Socket } from '../dist/index.js';
import { start } from './project.js';

// What runs in the page: its own global, and the modules that are put beside it.
declare const socket: Socket<any>;
declare const resumed: Promise<string>;

let browser: Browser;
let simulation: ChildProcess;
let url: string;

async function serve(address: string): Promise<void> {
  simulation = start('simulation', 'serve', address);
  const [line] = await once(simulation.stdout!.setEncoding('utf8'), 'data');
  url = /http:\S+/.exec(line)![0];
}

async function stop(): Promise<void> {
  const gone = once(simulation, 'exit');
  simulation.kill('SIGKILL');
  await gone;
}

before(async () => {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  // Pages that the test puts beside the server's are of no network, and would have to ask for access to this one.
  const args = ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks'];
  browser = await chromium.launch({ executablePath, args });
  await serve('127.0.0.1:0');
});

after(async () => {
  await browser?.close();
  await stop();
});

/** Runs with a page of its own, which may say nothing on its console but what is allowed. */
async function visited(
  address: string,
  run: (page: Page, context: BrowserContext) => Promise<void>,
  { allowed = /^$/, prepare = async (_: BrowserContext) => {} } = {},
): Promise<void> {
  const context = await browser.newContext();
  context.setDefaultTimeout(20_000);
  const said: string[] = [];
  context.on('console', (message) => void said.push(message.text()));
  context.on('weberror', (error) => void said.push(String(error.error())));
  try {
    await prepare(context);
    const page = await context.newPage();
    await page.goto(address);
    await run(page, context);
    assert.deepEqual(said.filter((line) => !allowed.test(line)), []);
  } finally {
    await context.close();
  }
}

/** Waits until an element's text is as it should be. */
async function shows(page: Page, selector: string, text: RegExp): Promise<void> {
  const matches = ([selector, source]: string[]) =>
    new RegExp(source!).test(document.querySelector(selector!)?.textContent ?? '');
  await page.waitForFunction(matches, [selector, text.source]);
}

const simulated = (page: Page) => shows(page, '#places', /[1-9]/);

test('a page sees what moves, asks and is refused', () =>
  visited(url, async (page) => {
    await simulated(page);
    await shows(page, '#ratio', /^[3-9]\.\d times$/);
    await shows(page, '#visitors', /look/);
    await page.click('#find button');
    await shows(page, '#found', /^It is at /);
    await page.fill('#id', '4000');
    await page.click('#find button');
    await shows(page, '#found', /^ValidationError 404: no such position$/);
    const before = await page.locator('#regions [aria-pressed=true]').count();
    assert(before > 0 && before < 24, `${before} regions in view`);
  }));

test('what one says all hear', () =>
  visited(url, async (page, context) => {
    const other = await context.newPage();
    await other.goto(url);
    await simulated(other);
    await page.fill('#text', '<b>grüße</b> 😀');
    await page.click('#say button');
    await shows(page, '#lines li:last-child', /^Visitor \d+<b>grüße<\/b> 😀$/);
    await shows(other, '#lines li:last-child', /^Visitor \d+<b>grüße<\/b> 😀$/);
    await page.fill('#text', '  ');
    await page.click('#say button');
    await shows(page, '#said', /^ValidationError 400: a line has 1 to 200 characters$/);
  }));

test('Refresh reloads', () =>
  visited(url, async (page) => {
    await simulated(page);
    await shows(page, '#loads', /^1$/);
    await page.click('#refresh');
    await shows(page, '#loads', /^2$/);
    assert.equal(await page.evaluate(() => sessionStorage.getItem('loads')), '2');
    await simulated(page);
  }));

test('Redirect leads to pages of the same origin, and to no others', () =>
  visited(url, async (page) => {
    await simulated(page);
    await page.click('[data-to^="https:"]');
    await shows(page, '#moved', /^ValidationError 403: .*foreign origin/);
    const redirected = (address: string) =>
      page.evaluate((address) => socket.send(['RedirectMe', address]).then(String, String), address);
    assert.match(await redirected('javascript:document.title="taken"'), /foreign origin/);
    assert.match(await redirected('//evil.example/'), /foreign origin/);
    assert.match(await redirected('data:text/html,x'), /foreign origin/);
    assert.deepEqual([page.url(), await page.title()], [url, 'Simulation']);
    await page.click('[data-to="/elsewhere"]');
    await page.waitForURL(`${url}elsewhere`);
    await page.click('a');
    await simulated(page);
  }));

test('a page goes on when the server comes back', () =>
  visited(
    url,
    async (page) => {
      await simulated(page);
      await page.evaluate(() => Object.assign(globalThis, { same: true }));
      await stop();
      await shows(page, '#state', /^(waiting|connecting)$/);
      await page.waitForSelector('#away:not([hidden])');
      await shows(page, '#places', /^0$/);
      await serve(new URL(url).host);
      await shows(page, '#state', /^open$/);
      await simulated(page);
      assert.equal(await page.evaluate(() => 'same' in globalThis), true);
    },
    // Browsers say themselves that they cannot connect.
    { allowed: /^WebSocket connection to .* failed/ },
  ));

test('a page whose server goes away before the first answer begins with the next', () => {
  let asked!: () => void;
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  let connections = 0;
  return visited(
    url,
    async (page) => {
      await isAsked;
      assert.equal(await page.locator('#away').isHidden(), true);
      await stop();
      await page.waitForSelector('#away:not([hidden])');
      await serve(new URL(url).host);
      await simulated(page);
      await page.waitForSelector('#away', { state: 'hidden' });
    },
    {
      allowed: /^WebSocket connection to .* failed/,
      prepare: (context) =>
        context.routeWebSocket(/\/socket$/, (near) => {
          const far = near.connectToServer();
          if (connections++ > 0) return;
          // HELLO gets there, what is asked does not.
          let sent = 0;
          near.onMessage((message) => {
            if (sent++ === 0) far.send(message);
            else asked();
          });
        }),
    },
  );
});

test('a narrow page has all of it', () =>
  visited(url, async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await simulated(page);
    const { scrolled, width, canvas } = await page.evaluate(() => ({
      scrolled: document.documentElement.scrollWidth,
      width: innerWidth,
      canvas: document.querySelector('canvas')!.getBoundingClientRect().toJSON() as DOMRect,
    }));
    assert(scrolled <= width, `${scrolled} wide, of ${width}`);
    assert(canvas.height >= 200 && canvas.width > 300, `a map of ${canvas.width} × ${canvas.height}`);
    await page.click('#find button');
    await shows(page, '#found', /^It is at /);
    await page.fill('#text', 'narrow');
    await page.click('#say button');
    await shows(page, '#lines li:last-child', /narrow$/);
    await page.click('[data-to^="https:"]');
    await shows(page, '#moved', /foreign origin/);
    await page.click('#refresh');
    await shows(page, '#loads', /^2$/);
    await simulated(page);
  }));

test('what a listener throws is on the console, and stops no other', () =>
  visited(
    `${url}empty`,
    async (page) => {
      const errors: string[] = [];
      page.on('pageerror', ({ message }) => void errors.push(message));
      await page.evaluate(async () => {
        const { Socket } = await import('/dist/index.js' as '../dist/index.js');
        const { parsePackets } = await import('/dist/schema.js' as '../dist/schema.js');
        const packets = parsePackets({ PositionRequest: ['{id:varuint}', '{x:uint16,y:uint16}'] });
        const socket = new Socket(packets, '/socket');
        socket.subscribe(() => {
          throw new Error('a listener');
        });
        await socket.ready();
        await socket.send(['PositionRequest', { id: 7 }]);
        socket.close();
      });
      assert(errors.length > 0 && errors.every((error) => error === 'a listener'), errors.join());
    },
    { prepare: beside, allowed: /a listener/ },
  ));

/** Passes all connections on to the simulation, and cuts them. */
async function proxied(run: (url: string, cut: () => void) => Promise<void>): Promise<void> {
  const wires = new Set<Wire>();
  const proxy = createProxy((near) => {
    const far = connect(Number(new URL(url).port), '127.0.0.1');
    for (const [wire, other] of [[near, far], [far, near]] as const) {
      wires.add(wire);
      wire.on('error', () => {});
      wire.on('close', () => other.destroy());
      wire.pipe(other);
    }
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const cut = () => {
    for (const wire of wires) wire.resetAndDestroy();
    wires.clear();
  };
  try {
    await run(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}/`, cut);
  } finally {
    proxy.close();
    cut();
  }
}

test('a page that is cut off goes on with its session', () =>
  proxied((url, cut) =>
    visited(
      url,
      async (page) => {
        await simulated(page);
        const said = async (text: string) => {
          await page.fill('#text', text);
          await page.click('#say button');
          await page.waitForFunction((text) => document.querySelector('#lines li:last-child')?.textContent?.endsWith(text), text);
          return page.locator('#lines li:last-child b').textContent();
        };
        const visitor = await said('before');
        const session = await page.evaluate(() => String(socket.session));
        for (let i = 0; i < 3; i++) {
          await page.evaluate(() => {
            const resumed = new Promise<string>((resolve) => {
              let isCut = false;
              socket.subscribe(() => {
                isCut ||= socket.state === 'waiting';
                if (isCut && socket.state === 'open') resolve(socket.recovered!.kind);
              });
            });
            Object.assign(globalThis, { resumed });
          });
          cut();
          // What is asked meanwhile is answered.
          const found = page.evaluate(() => socket.send(['PositionRequest', { id: 7 }]).then((at) => Object.keys(at)));
          assert.equal(await page.evaluate(() => resumed), 'full');
          assert.deepEqual(await found, ['x', 'y']);
        }
        assert.equal(await page.evaluate(() => String(socket.session)), session);
        assert.equal(await said('after'), visitor);
        await simulated(page);
      },
      { allowed: /^WebSocket connection to .* failed/ },
    ),
  ));

test('pages of other origins get no socket', async () => {
  const foreign = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
  await once(foreign.listen(0, '127.0.0.1'), 'listening');
  try {
    const { port } = foreign.address() as AddressInfo;
    await visited(
      `http://127.0.0.1:${port}/`,
      async (page) => {
        const connect = (url: string) =>
          new Promise((resolve) => {
            const socket = new WebSocket(url, 'packets.v1');
            socket.onopen = () => resolve('open');
            socket.onclose = ({ code }) => resolve(code);
          });
        const said = page.waitForEvent('console');
        assert.equal(await page.evaluate(connect, `${url.replace('http', 'ws')}socket`), 1006);
        assert.match((await said).text(), /Unexpected response code: 403$/);
      },
      { allowed: /Unexpected response code: 403$/ },
    );
  } finally {
    foreign.close();
  }
});

/** Puts the package beside the server's own files, and a page without anything that uses it. */
async function beside(context: BrowserContext): Promise<void> {
  await context.route('**/empty', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await context.route(/\/(dist|build)\/\w+\.js$/, async (route) => {
    const file = new URL(`..${new URL(route.request().url()).pathname}`, import.meta.url);
    await route.fulfill({ contentType: 'text/javascript', body: await readFile(file) });
  });
  await context.route('**/worker.js', (route) =>
    route.fulfill({
      contentType: 'text/javascript',
      body: `
        import { Socket } from './dist/index.js';
        import { parsePackets } from './dist/schema.js';
        const packets = parsePackets({ PositionRequest: ['{id:varuint}', '{x:uint16,y:uint16}'] });
        const socket = new Socket(packets, self.location.origin + '/socket');
        postMessage(await socket.send(['PositionRequest', { id: 7 }]));
      `,
    }),
  );
}

test('in a worker', () =>
  visited(
    `${url}empty`,
    async (page) => {
      const answer = await page.evaluate(
        () =>
          new Promise<{ x: number; y: number }>((resolve, reject) => {
            const worker = new Worker('/worker.js', { type: 'module' });
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => reject(new Error(message));
          }),
      );
      assert.deepEqual(Object.keys(answer), ['x', 'y']);
    },
    { prepare: beside },
  ));

test('a credential is renewed, or refused', async () => {
  const server = start('javascript_server');
  try {
    const [line] = await once(server.stdout!.setEncoding('utf8'), 'data');
    await visited(
      `http://127.0.0.1:${Number(line)}/empty`,
      async (page) => {
        const seen = await page.evaluate(async () => {
          const { Socket } = await import('/dist/index.js' as '../dist/index.js');
          const { parsePackets } = await import('/dist/schema.js' as '../dist/schema.js');
          const packets = parsePackets({ Echo: ['string', 'string'] });
          const socket = new Socket(packets, '/');
          await socket.ready();
          const closed = new Promise<void>((resolve) => socket.subscribe(() => socket.state === 'closed' && resolve()));
          socket.renew('good');
          const answer = await socket.send(['Echo', 'still here']);
          socket.renew('bad');
          await closed;
          return [answer, socket.closeReason?.code];
        });
        assert.deepEqual(seen, ['still here', 4401]);
      },
      { prepare: beside },
    );
  } finally {
    server.stdin!.end();
  }
});

test('a page in the background keeps its connection, and finds out that it has lost one', () =>
  visited(
    `${url}empty`,
    async (page) => {
      await page.evaluate(async () => {
        // Timers go off once a second there, however short they are.
        const { setTimeout } = globalThis;
        globalThis.setTimeout = ((run: () => void, time: number) => setTimeout(run, Math.max(time, 1_000))) as any;
        const { Socket } = await import('/dist/index.js' as '../dist/index.js');
        const { parsePackets } = await import('/dist/schema.js' as '../dist/schema.js');
        const packets = parsePackets({ PositionRequest: ['{id:varuint}', '{x:uint16,y:uint16}'] });
        const limits = { heartbeatInterval: 100, heartbeatTimeout: 300 };
        const socket = new Socket(packets, '/socket', { limits, reconnect: { first: 10, most: 100 } });
        const states: string[] = [];
        Object.assign(globalThis, { socket, states });
        socket.subscribe(() => states.push(socket.state));
        await socket.ready();
        states.length = 0;
      });
      const asked = () => page.evaluate(() => socket.send(['PositionRequest', { id: 7 }]).then(() => String(socket.session)));
      /** Nothing runs, for longer than all of the socket's patience. It sleeps on a question. */
      const sleep = () =>
        page.evaluate(() => {
          socket.wake();
          for (const until = performance.now() + 2_000; performance.now() < until; );
        });
      const session = await asked();
      await sleep();
      assert.equal(await asked(), session);
      assert.deepEqual(await page.evaluate(() => (globalThis as any).states.filter((state: string) => state !== 'open')), []);
      const slept = sleep();
      await stop();
      await serve(new URL(url).host);
      await slept;
      assert.notEqual(await asked(), session);
    },
    { prepare: beside, allowed: /^WebSocket connection to .* failed/ },
  ));
