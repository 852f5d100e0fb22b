// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.session.Session;

/**
 * Counts the commands of one connection. A client that runs a second command over the same connection, such as Ansible,
 * will run many; then a stream into the guest is worth its port. Thread safe.
 */
final class ConnectionCommands {
    private static final AttributeKey<ConnectionCommands> KEY = new AttributeKey<>();

    /** After this time, the stream may have been closed. */
    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

    private int begun;
    private long askedAt;

    static ConnectionCommands of(Session connection) {
        return connection.computeAttributeIfAbsent(KEY, key -> new ConnectionCommands());
    }

    /**
     * Counts one more command.
     *
     * @param now in nanoseconds, from {@link System#nanoTime}
     * @return whether to ask for a stream
     */
    synchronized boolean begin(long now) {
        begun++;
        if (begun < 2 || (begun > 2 && now - askedAt < ASK_AGAIN_NANOS)) {
            return false;
        }
        askedAt = now;
        return true;
    }
}
