// A node. A line `times size` makes it ask so often; it prints how many microseconds each question took.

import {createServer} from 'node:http';
import {createInterface} from 'node:readline';
import {createAdapter} from '@socket.io/redis-adapter';
import {createClient} from 'redis';
import {Server} from 'socket.io';

const url = process.argv[2];
const publisher = createClient({url});
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);
const io = new Server(createServer(), {adapter: createAdapter(publisher, subscriber)});
io.on('locate', (id, answer) => answer({x: id, y: 1, z: 2}));

function ask(id) {
  return new Promise((resolve, reject) => {
    io.serverSideEmit('locate', id, (error, answers) => (error ? reject(error) : resolve(answers)));
  });
}

console.log('ready');

for await (const line of createInterface({input: process.stdin})) {
  const [times, size] = line.split(' ').map(Number);
  while (await io.of('/').adapter.serverCount() <= size) {}
  const took = [];
  for (let id = 0; id < times; ++id) {
    const began = performance.now();
    const answers = await ask(id);
    took.push(((performance.now() - began) * 1000).toFixed(1));
    if (answers.length !== size) {
      throw new Error(`${answers.length} answers`);
    }
  }
  console.log(took.join(' '));
}
process.exit(0);
