// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import dev.bellhop.server.limit.HeapShare;
import org.jspecify.annotations.Nullable;

/**
 * The maximum number of connections that the server holds.
 *
 * @param connections all connections
 * @param perAddress connections from one address (in IPv6, one /64) that is not a named proxy
 */
public record ConnectionLimits(int connections, int perAddress) {
    /** The default, if there is room for this many. */
    public static final int CONNECTIONS = 10_000;

    /** More than the callers at one address can use to follow commands, and a quarter of all. */
    public static final int PER_ADDRESS = 2_500;

    /**
     * Heap of a connection whose client has sent all but the end of the largest headers, rounded up: 48 KiB were
     * measured with a long header before 97 short ones. An idle connection holds 4 KiB, and 10 KiB with TLS.
     */
    static final int PLAIN_BYTES = 56 * 1024;

    static final int TLS_BYTES = 72 * 1024;

    /**
     * Connections use one in this many of the files that the process can open; agents and the database also need some.
     */
    private static final int FILES_SHARE = 2;

    /**
     * The configured limits.
     *
     * @param connections absent for as many as there is room for, up to {@link #CONNECTIONS}
     * @param perAddress see {@link ConnectionLimits}
     */
    public record Wanted(@Nullable Integer connections, int perAddress) {
        public static Wanted defaults() {
            return new Wanted(null, PER_ADDRESS);
        }

        /**
         * Reduces the limits to the available room.
         *
         * @param heap largest size of the heap, in bytes
         * @param files number of files that the process can open
         */
        public ConnectionLimits within(long heap, long files, boolean tls) {
            long inHeap = HeapShare.CONNECTIONS.bytes(heap) / (tls ? TLS_BYTES : PLAIN_BYTES);
            int most = connections == null ? CONNECTIONS : connections;
            return new ConnectionLimits(Math.clamp(Math.min(inHeap, files / FILES_SHARE), 1, most), perAddress);
        }
    }
}
