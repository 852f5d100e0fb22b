// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A block of addresses that counts as one caller: one IPv4 address, or a /64 of IPv6. A /64 is the smallest block that
 * an internet connection gets, and its user controls all of it.
 *
 * @param prefix the upper half of an IPv6 address, or an IPv4 address in the lower 32 bits, which cannot be confused
 *     with an upper half
 */
public record AddressBlock(long prefix) {
    /** The block of all callers whose address is unknown. */
    public static final AddressBlock UNKNOWN = new AddressBlock(0);

    /**
     * Returns the block of an address.
     *
     * @param address absent if it is unknown
     */
    public static AddressBlock of(@Nullable InetAddress address) {
        if (address == null) {
            return UNKNOWN;
        }
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return new AddressBlock(bytes.remaining() == Integer.BYTES ? bytes.getInt() & 0xFFFF_FFFFL : bytes.getLong());
    }
}
