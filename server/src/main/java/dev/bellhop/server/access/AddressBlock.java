// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that count as one caller: one of IPv4, or a /64 of IPv6, since that is the least that one line is given
 * and whoever has it has all of it.
 *
 * @param prefix the upper half of an IPv6 address, or an IPv4 address, whose form no upper half has
 */
public record AddressBlock(long prefix) {
    /** All whose address is not known. */
    public static final AddressBlock UNKNOWN = new AddressBlock(0);

    /** The caller at an address; absent where that is not known. */
    public static AddressBlock of(@Nullable InetAddress address) {
        if (address == null) {
            return UNKNOWN;
        }
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return new AddressBlock(bytes.remaining() == Integer.BYTES ? bytes.getInt() & 0xFFFF_FFFFL : bytes.getLong());
    }
}
