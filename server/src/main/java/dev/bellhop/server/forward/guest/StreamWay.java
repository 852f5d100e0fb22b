// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.forward.TcpInput;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.stream.GuestConnection;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A channel of the stream into the guest. It ends with the stream. Thread safe. */
record StreamWay(GuestConnection connection, StreamLease lease) implements Way {
    /**
     * Connects.
     *
     * @param lease owned by the connection from now on, and closed if this fails
     * @param host one of the target's hosts
     * @return absent if the stream cannot be used; then nothing was done
     */
    static @Nullable StreamWay connect(
            VmId vm, StreamLease lease, ForwardTarget target, String host, Deadline deadline) {
        boolean connected = false;
        try {
            GuestConnection connection = lease.stream().connect(host, target.port(), deadline);
            connected = true;
            return new StreamWay(connection, lease);
        } catch (StreamException e) {
            return switch (e.kind()) {
                case TOO_MANY, LOST -> null;
                case REFUSED ->
                    throw ConnectFailure.refused(vm, target, e.errno().orElse(0));
                case INTERRUPTED -> throw ConnectFailure.stopping(vm, target);
                default -> throw ConnectFailure.late(vm, target);
            };
        } finally {
            if (!connected) {
                lease.close();
            }
        }
    }

    @Override
    public TcpInput read(int limit, Deadline deadline) throws InterruptedException {
        try {
            Optional<byte[]> came = connection.input().read(limit, deadline);
            return came.map(bytes -> new TcpInput(bytes, false)).orElseGet(TcpInput::end);
        } catch (StreamException e) {
            throw broken(e);
        }
    }

    @Override
    public int write(byte[] bytes, int from, int count, Deadline deadline) throws InterruptedException {
        try {
            return connection.output().write(bytes, from, count, deadline);
        } catch (StreamException e) {
            if (e.kind() == StreamException.Kind.UNREAD) {
                throw ConnectFailure.unread();
            }
            throw broken(e);
        }
    }

    @Override
    public boolean endOutput(Deadline deadline) {
        connection.output().end();
        return true;
    }

    /** Does nothing: the open stream is enough to keep the connection. */
    @Override
    public void keep() {}

    private static BellhopException broken(StreamException e) throws InterruptedException {
        if (e.kind() == StreamException.Kind.INTERRUPTED) {
            throw new InterruptedException();
        }
        return new BellhopException(
                ErrorCode.EXECUTION_ENDED, "Cannot go on with this connection because its stream ended", e);
    }

    @Override
    public void linger(Deadline deadline) throws InterruptedException {
        var _ = connection.awaitClosed(deadline);
    }

    @Override
    public void close() {
        connection.close();
        lease.close();
    }

    /** Closes the connection: its stream is already lost, unless it was opened a moment ago. */
    @Override
    public void abandon() {
        close();
    }
}
