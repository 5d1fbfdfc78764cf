// ws, as in its examples. What becomes of a message its first byte says.
const { WebSocketServer } = require('ws');

const ECHO = 0;
const BROADCAST = 2;

process.stdin.on('end', () => process.exit()).resume();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => console.log(server.address().port));
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (message) => {
    if (message[0] === ECHO) socket.send(message);
    else if (message[0] === BROADCAST) server.clients.forEach((client) => client.send(message));
  });
});
