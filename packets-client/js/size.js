// What a page ships of the client, minified, compressed, without MessagePack. Fails when a page's own has grown.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Bytes that a page with packets of common types ships, with the whole protocol in it. */
const MOST = 10_240;

const PAGE = `
  import { Socket, ValidationError, definePackets } from './dist/index.js';
  import * as t from './dist/types.js';
  const point = t.object({ name: t.option(t.string), x: t.float32, y: t.float32 });
  export const packets = definePackets(0n, { A: [0n, t.object({ id: t.varuint, is: t.bool, of: t.uint8 }), t.list(point)] });
  export { Socket, ValidationError };
`;

async function size(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['./message_pack.js', 'react'],
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const page = await size(PAGE);
const all = `export * from './dist/index.js'; export * from './dist/types.js';`;
const whole = await size(all);
console.log(`${page} bytes: a page with common types, of ${MOST}`);
console.log(`${await size(`export * from './dist/index.js';`)} bytes: all but types`);
console.log(`${whole} bytes: all and every type`);
for (const entry of ['adapt', 'generated', 'react', 'schema']) {
  console.log(`${(await size(`${all} export * as more from './dist/${entry}.js';`)) - whole} bytes more: ${entry}`);
}
if (page > MOST) process.exit(1);
