// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

/**
 * Data received over a connection.
 *
 * @param bytes empty if no data arrived in time, or at the end
 * @param isEnd whether the other side has ended its output and all of it was read
 */
@SuppressWarnings("ArrayRecordComponent") // Made for one reader.
public record TcpInput(byte[] bytes, boolean isEnd) {
    private static final byte[] NOTHING = {};

    public static TcpInput nothing() {
        return new TcpInput(NOTHING, false);
    }

    public static TcpInput end() {
        return new TcpInput(NOTHING, true);
    }

    @Override
    public String toString() {
        return "TcpInput[bytes=" + bytes.length + ", isEnd=" + isEnd + "]";
    }
}
