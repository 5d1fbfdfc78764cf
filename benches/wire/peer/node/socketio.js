// Socket.IO, as in its documentation.
const { createServer } = require('http');
const { Server } = require('socket.io');

process.stdin.on('end', () => process.exit()).resume();
const http = createServer();
const io = new Server(http);
io.on('connection', (socket) => {
  socket.join('room');
  socket.on('move', (packet, ack) => ack(packet));
  socket.on('large', (packet, ack) => ack(packet));
  socket.on('moved', () => {});
  socket.on('shout', (packet) => io.to('room').emit('moved', packet));
});
http.listen(0, '127.0.0.1', () => console.log(http.address().port));
