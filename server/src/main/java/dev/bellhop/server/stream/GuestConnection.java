// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

/** A TCP connection from within a guest. Thread safe. */
public interface GuestConnection extends AutoCloseable {
    ChannelReader input();

    /** Its end closes that direction alone. */
    ChannelWriter output();

    /** Closes both directions. Returns at once. */
    @Override
    void close();
}
