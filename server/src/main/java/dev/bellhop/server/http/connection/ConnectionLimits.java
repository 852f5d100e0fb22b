// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import dev.bellhop.server.limit.HeapShare;
import org.jspecify.annotations.Nullable;

/**
 * How many connections the server holds at once.
 *
 * @param connections in all
 * @param perAddress from one address, in IPv6 one /64, that is no named proxy
 */
public record ConnectionLimits(int connections, int perAddress) {
    /** Where there is room for as many, and nothing else is configured. */
    public static final int CONNECTIONS = 10_000;

    /** More than all callers at one address may follow at once, and a quarter of all. */
    public static final int PER_ADDRESS = 2_500;

    /**
     * Heap of a connection whose client has sent all but the end of the largest headers, rounded up: 48 KiB were measured with a
     * long header before 97 short ones. An idle connection holds 4 KiB, and 10 KiB with TLS.
     */
    static final int PLAIN_BYTES = 56 * 1024;

    static final int TLS_BYTES = 72 * 1024;

    /** Of the files that the process may have open: agents and the database need some, too. */
    private static final int FILES_SHARE = 2;

    /**
     * What is configured.
     *
     * @param connections absent for as many as there is room for, up to {@link #CONNECTIONS}
     * @param perAddress as in the limits
     */
    public record Wanted(@Nullable Integer connections, int perAddress) {
        public static Wanted defaults() {
            return new Wanted(null, PER_ADDRESS);
        }

        /**
         * As many of them as there is room for.
         *
         * @param heap its largest size, in bytes
         * @param files that the process may have open
         */
        public ConnectionLimits within(long heap, long files, boolean tls) {
            long inHeap = HeapShare.CONNECTIONS.bytes(heap) / (tls ? TLS_BYTES : PLAIN_BYTES);
            int most = connections == null ? CONNECTIONS : connections;
            return new ConnectionLimits(Math.clamp(Math.min(inHeap, files / FILES_SHARE), 1, most), perAddress);
        }
    }
}
