import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { TcpProxy } from './index.js';
import { reset } from './tcp-proxy.js';

describe('a proxy that fails at will', () => {
  let echo: Server;
  let proxy: TcpProxy;

  beforeEach(async () => {
    echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const address = echo.address();
    proxy = await TcpProxy.to({ host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0 });
  });

  afterEach(async () => {
    await proxy.close();
    echo.close();
  });

  async function open(): Promise<Socket> {
    const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  async function answered(socket: Socket, text: string): Promise<string> {
    const answer = once(socket, 'data');
    socket.write(text);
    return String((await answer)[0]);
  }

  it('lets everything through', async () => {
    const socket = await open();
    expect(await answered(socket, 'hello')).toBe('hello');
    expect(proxy.connections).toBe(1);
    socket.destroy();
  });

  it('ends connections with a reset', async () => {
    const socket = await open();
    await answered(socket, 'hello');
    const lost = new Promise<string>((resolve) =>
      socket.on('error', (error) => resolve((error as { code?: string }).code ?? '')),
    );
    proxy.cut();
    expect(await lost).toBe('ECONNRESET');
  });

  it.each([
    ['has not come about', (socket: Socket) => void socket],
    ['is about to end', (socket: Socket) => once(socket, 'connect').then(() => socket.end())],
  ])('can end a connection that %s, of which Node would keep the handle for ever', async (_, bring) => {
    const socket = connect(proxy.port, '127.0.0.1');
    const errors: Error[] = [];
    socket.on('error', (error) => errors.push(error));
    const closed = once(socket, 'close');
    await bring(socket);
    socket.end();
    reset(socket);
    await closed;
    expect(errors).toEqual([]);
  });

  it('holds everything up, and lets it go on in order', async () => {
    const socket = await open();
    proxy.hold();
    let heard = '';
    socket.on('data', (data) => (heard += String(data)));
    socket.write('one ');
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.write('two');
    expect(heard).toBe('');
    proxy.release();
    while (heard.length < 7) await once(socket, 'data');
    expect(heard).toBe('one two');
    socket.destroy();
  });

  it('holds everything from the piece on that it waits for, which is lost with its connection or goes on', async () => {
    const socket = await open();
    let heard = '';
    socket.on('data', (data) => (heard += String(data)));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const caught = proxy.holdAt((piece) => piece.includes('two'), AbortSignal.timeout(10_000));
    socket.write('one ');
    while (heard === '') await once(socket, 'data');
    socket.write('two');
    expect(await caught).toBe(true);
    expect(heard).toBe('one ');
    proxy.lose();
    await closed;
    const later = await open();
    expect(await answered(later, 'three')).toBe('three');
    expect(heard).toBe('one ');
    later.destroy();
  });

  it('goes on as before when the piece that it waits for does not come', async () => {
    const socket = await open();
    const given = new AbortController();
    const caught = proxy.holdAt((piece) => piece.includes('two'), given.signal);
    given.abort();
    expect(await caught).toBe(false);
    expect(await answered(socket, 'two')).toBe('two');
    socket.destroy();
  });

  it('slows every piece down, each way', async () => {
    const socket = await open();
    proxy.slow(40);
    const began = performance.now();
    await answered(socket, 'hello');
    expect(performance.now() - began).toBeGreaterThan(75);
    socket.destroy();
  });
});
