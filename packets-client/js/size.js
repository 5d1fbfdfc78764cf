// Fails when the client has grown: minified, compressed, without MessagePack.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const MOST = 13_600;
const { outputFiles, metafile } = await build({
  entryPoints: ['dist/index.js'],
  bundle: true,
  minify: true,
  format: 'esm',
  external: ['./message_pack.js'],
  write: false,
  metafile: true,
});
const size = gzipSync(outputFiles[0].contents, { level: 9 }).length;
console.log(`${size} bytes minified and compressed, of ${MOST}; ${Object.keys(metafile.inputs).length} files`);
if (size > MOST) process.exit(1);
