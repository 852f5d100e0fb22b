// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.net.InetAddress;
import java.util.Optional;

/**
 * A network, or one address: those addresses that begin with the same bits.
 *
 * @param prefix how many bits
 */
public record AddressRange(InetAddress network, int prefix) {
    /**
     * One address, or a network as {@code 10.0.0.0/8}; empty where the text is neither, where bits beyond the prefix are set,
     * or where the range is the whole world.
     */
    public static Optional<AddressRange> parse(String text) {
        int slash = text.indexOf('/');
        try {
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int bits = address.getAddress().length * Byte.SIZE;
            int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
            if (prefix < 1 || prefix > bits || !isZeroBeyond(prefix, address.getAddress())) {
                return Optional.empty();
            }
            return Optional.of(new AddressRange(address, prefix));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean isZeroBeyond(int prefix, byte[] address) {
        for (int bit = prefix; bit < address.length * Byte.SIZE; bit++) {
            if (bit(address, bit) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether an address is in it; one of the other version of IP never is. */
    public boolean contains(InetAddress address) {
        byte[] ours = network.getAddress();
        byte[] theirs = address.getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            if (bit(ours, bit) != bit(theirs, bit)) {
                return false;
            }
        }
        return true;
    }

    /** Whether all of another one is in it. */
    boolean contains(AddressRange other) {
        return other.prefix >= prefix && contains(other.network);
    }

    /** As {@link #parse} reads it, anywhere: without the name of an interface, which means nothing here. */
    public String text() {
        return network.getHostAddress().replaceFirst("%.*", "") + "/" + prefix;
    }

    private static int bit(byte[] address, int index) {
        return (address[index / Byte.SIZE] >> (Byte.SIZE - 1 - index % Byte.SIZE)) & 1;
    }
}
