// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;

/**
 * Closes a socket at a deadline, so that what waits on it and has no timeout of its own ends: a write, or a handshake as a
 * whole. {@link #close} calls it off. For one thread.
 */
final class Watchdog implements AutoCloseable {

    private final Socket socket;
    private final long deadline;
    private boolean calledOff;
    private boolean expired;

    private Watchdog(Socket socket, long deadline) {
        this.socket = socket;
        this.deadline = deadline;
    }

    /** @param deadline as {@link System#nanoTime} has it */
    static Watchdog over(Socket socket, long deadline) {
        Watchdog watchdog = new Watchdog(socket, deadline);
        Thread thread = new Thread(watchdog::watch, "bellhop-deadline");
        thread.setDaemon(true);
        thread.start();
        return watchdog;
    }

    private synchronized void watch() {
        try {
            for (long left = left(); !calledOff && left > 0; left = left()) {
                wait(left);
            }
            if (!calledOff) {
                expired = true;
                socket.close();
            }
        } catch (InterruptedException | IOException e) {
            // Nobody interrupts it, and a socket that cannot be closed is of no use either.
        }
    }

    /** In milliseconds, rounded up, so that it does not end too early. */
    private long left() {
        return Math.floorDiv(deadline - System.nanoTime() + 999_999L, 1_000_000L);
    }

    /** @throws SocketTimeoutException if it has closed the socket */
    synchronized void check() throws SocketTimeoutException {
        if (expired) {
            throw new SocketTimeoutException("the time is up");
        }
    }

    @Override
    public synchronized void close() {
        calledOff = true;
        notifyAll();
    }
}
