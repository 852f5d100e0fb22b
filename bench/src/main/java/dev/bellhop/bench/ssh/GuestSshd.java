// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.ssh;

import dev.bellhop.bench.floor.BarePort;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** An {@code sshd} in a guest without a network card, reached at a TCP port of this machine through a bare port. It serves one connection at a time. */
final class GuestSshd implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 18;

    /**
     * Starts with the connection, as the process does that a listening sshd starts: a byte says that there is one. Through pipes, since sshd
     * stops answering after a while if it has the port itself.
     */
    private static final String SSHD =
            "mkdir -p /run/sshd; dd bs=1 count=1 of=/dev/null 2>/dev/null; cat | /usr/sbin/sshd -i | cat";

    private final VirtualMachine vm;
    private final ServerSocketChannel listener;
    private final Thread server;

    private GuestSshd(VirtualMachine vm, ServerSocketChannel listener) {
        this.vm = vm;
        this.listener = listener;
        server = Thread.ofPlatform().name("sshd").start(this::serve);
    }

    static GuestSshd open(VirtualMachine vm) throws IOException {
        return new GuestSshd(
                vm, ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
    }

    int port() throws IOException {
        return ((InetSocketAddress) listener.getLocalAddress()).getPort();
    }

    private void serve() {
        while (listener.isOpen()) {
            // Plugged before the connection comes, because a stream is open by then.
            try (BarePort port = BarePort.open(vm, SSHD);
                    SocketChannel client = listener.accept()) {
                port.send((byte) 0);
                Thread.ofPlatform().start(() -> copy(port.channel(), client));
                // Until the client ends: the port does not tell when sshd ends.
                copy(client, port.channel());
            } catch (Exception e) {
                if (listener.isOpen()) {
                    e.printStackTrace();
                    refuse();
                }
            }
        }
    }

    private static void copy(SocketChannel from, SocketChannel to) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try {
            while (from.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
            }
        } catch (IOException e) {
            // One end has gone. The client program reports an error if it needed more.
        }
    }

    private void refuse() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the port is unplugged. */
    @Override
    public void close() {
        refuse();
        try {
            server.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
