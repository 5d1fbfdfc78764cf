// The package by its name, as Node resolves it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const PROGRAM = `
  import { decode, encode } from 'packets-client';
  import { codec } from 'packets-client/schema';
  const position = codec('{x:uint8,y:uint8}');
  const { x, y } = decode(position, encode(position, { y: 2, x: 1 }));
  encode(position, { y: 2, x: 1 });
  console.log(x, y, String(position.decode).includes('r.at=a') ? 'generated' : 'composed');
`;

function run(...flags: string[]): string {
  const folder = new URL('..', import.meta.url);
  return execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', PROGRAM], { cwd: folder, encoding: 'utf8' });
}

test('in Node, code is generated', () => {
  assert.equal(run(), '1 2 generated\n');
});

test('in Node without code from text, it is not', () => {
  assert.equal(run('--disallow-code-generation-from-strings'), '1 2 composed\n');
});
