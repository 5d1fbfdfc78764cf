import { chromium } from 'playwright-core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
const out = process.argv[2];
const sim = spawn(process.argv[3], ['serve', '127.0.0.1:0'], {stdio:['pipe','pipe','inherit']});
const [line] = await once(sim.stdout.setEncoding('utf8'), 'data');
const url = /http:\S+/.exec(line)[0];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-features=LocalNetworkAccessChecks'] });
try {
  const shot = async (name, width, height, more={}) => {
    const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: 1, ...more });
    const page = await context.newPage();
    await page.goto(url);
    return { page, context, save: (o={}) => page.screenshot({ path: `${out}/${name}.png`, ...o }) };
  };
  const others = [];
  for (const [at, text] of [[60, 'Hello from the other side of the map'], [140, 'Who follows position 7?'], [200, null]]) {
    const { page } = await shot('x', 900, 600);
    await page.waitForFunction(() => Number(document.querySelector('#places').textContent) > 0);
    await page.fill('#id', String(at)); await page.click('#find button');
    if (text) { await page.fill('#text', text); await page.click('#say button'); }
    others.push(page);
  }
  const wide = await shot('wide', 1280, 800);
  await wide.page.waitForFunction(() => Number(document.querySelector('#places').textContent) > 0);
  for (const [i, t] of ['It is never far from its flock.', 'Stop the server: all of us go on when it is back.'].entries()) { await others[i].fill('#text', t); await others[i].click('#say button'); }
  await wide.page.click('#find button');
  await wide.page.fill('#text', 'I do! It turns every few seconds.'); await wide.page.click('#say button');
  await wide.page.waitForTimeout(4500);
  await wide.save();
  const narrow = await shot('narrow', 390, 844);
  await narrow.page.waitForTimeout(3500);
  await narrow.save({ fullPage: true });
} finally { await browser.close(); sim.kill('SIGKILL'); }
