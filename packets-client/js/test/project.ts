import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The workspace's root: this is compiled to `packets-client/js/build`. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Starts a program of the package `packets-tests`, which is built before the tests run. */
export function start(name: string, ...args: string[]): ChildProcess {
  const folder = process.env['PACKETS_PROGRAMS'] ?? `${ROOT}target/debug`;
  return spawn(`${folder}/${name}`, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** All lines that a program prints. */
export async function lines(program: ChildProcess): Promise<string[]> {
  let text = '';
  for await (const part of program.stdout!.setEncoding('utf8')) text += part;
  return text.split('\n').slice(0, -1);
}
