// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.floor;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.hypervisor.StreamPort;
import dev.bellhop.server.hypervisor.StreamPortException;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** The floor of (s), (t) and (u): a port as a stream has one, with shell text at its other end and nothing in between. For one thread. */
public final class BarePort implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private final StreamPort port;
    private final ByteBuffer one = ByteBuffer.allocateDirect(1);

    private BarePort(StreamPort port) {
        this.port = port;
    }

    public static BarePort open(VirtualMachine vm, String text) throws Exception {
        StreamPort port = vm.streamPorts().orElseThrow().plug(Deadline.after(TIMEOUT));
        long ignored = vm.agent().exec(ExecCommand.of("sh", "-c", atPort(port.name()) + text), Deadline.after(TIMEOUT));
        return new BarePort(port);
    }

    /** Has what follows read from the port and write to it; it can be opened once only. */
    private static String atPort(String name) {
        return "until [ \"$d\" ]; do for p in /sys/class/virtio-ports/*; do [ \"$(cat $p/name)\" = " + name
                + " ] && d=/dev/${p##*/}; done; done; exec <>$d >&0; ";
    }

    public SocketChannel channel() {
        return port.channel();
    }

    /** Sends a byte. */
    public void send(byte what) throws IOException {
        one.clear().put(what).flip();
        channel().write(one);
    }

    /** Waits for a byte. */
    public void receive() throws IOException {
        if (channel().read(one.clear()) < 0) {
            throw new EOFException("The port was closed");
        }
    }

    @Override
    public void close() throws StreamPortException {
        port.unplug(Deadline.after(TIMEOUT));
    }
}
