// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Connects to Unix sockets. */
final class UnixSockets {

    private static final long FIRST_PAUSE_MILLIS = 1;
    private static final long MAX_PAUSE_MILLIS = 100;

    private UnixSockets() {}

    /**
     * Connects, trying again while others fill the queue before the socket.
     *
     * @param isClosed whether nobody wants the connection any more
     */
    static SocketChannel connect(Path path, Deadline deadline, BooleanSupplier isClosed) throws NotConnectedException {
        long pause = FIRST_PAUSE_MILLIS;
        for (; ; ) {
            if (isClosed.getAsBoolean()) {
                throw failure(path, Reason.CLOSED, "this client was closed", null);
            }
            try {
                return connect(path);
            } catch (IOException e) {
                NotConnectedException failure = failure(path, e);
                if (failure.reason() != Reason.BUSY || deadline.hasPassed()) {
                    throw failure;
                }
            }
            sleep(path, Math.min(pause, deadline.remaining().toMillis() + 1));
            pause = Math.min(pause * 2, MAX_PAUSE_MILLIS);
        }
    }

    private static SocketChannel connect(Path path) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        boolean connected = false;
        try {
            // A blocking connect would wait in the kernel, out of reach of the deadline, while the queue is full.
            channel.configureBlocking(false);
            connected = channel.connect(address);
            if (!connected) {
                throw new IOException("The connection is neither made nor refused");
            }
            channel.configureBlocking(true);
            return channel;
        } finally {
            if (!connected) {
                channel.close();
            }
        }
    }

    /**
     * What went wrong. Java keeps the system's error number to itself and gives its text, which depends on the locale; so
     * this looks at the file system instead.
     */
    private static NotConnectedException failure(Path path, IOException e) {
        if (Thread.currentThread().isInterrupted()) {
            return failure(path, Reason.INTERRUPTED, "the thread was interrupted", e);
        }
        if (e instanceof ConnectException) {
            return failure(path, Reason.REFUSED, "nobody listens on it: is the virtual machine running?", e);
        }
        if (Files.notExists(path)) {
            return failure(path, Reason.NO_SOCKET, "it does not exist: is the virtual machine running?", null);
        }
        if (!Files.exists(path)) {
            return failure(path, Reason.FAILED, "the system would not say what is there", e);
        }
        if (!Files.isWritable(path)) {
            return failure(path, Reason.FORBIDDEN, "this process may not write to it", e);
        }
        if (String.valueOf(e.getMessage()).startsWith("Too many open files")
                || String.valueOf(e.getMessage()).startsWith("Unix domain path too long")) {
            return failure(path, Reason.FAILED, "the system would not let it", e);
        }
        return failure(path, Reason.BUSY, "too many others wait for it and none was let in before the deadline", e);
    }

    private static NotConnectedException failure(Path path, Reason reason, String why, @Nullable Throwable cause) {
        return new NotConnectedException(
                reason, "Cannot connect to the agent's socket " + path + " because " + why, false, cause);
    }

    private static void sleep(Path path, long millis) throws NotConnectedException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(path, Reason.INTERRUPTED, "the thread was interrupted", e);
        }
    }
}
