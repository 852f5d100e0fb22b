// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Optional;

/**
 * A network, or one address: those addresses that begin with the same bits.
 */
public record AddressRange(InetAddress network, int prefix) {
    /**
     * One address, or a network as {@code 10.0.0.0/8}; empty where the text is neither, where bits beyond the prefix are set,
     * or where the range is the whole world.
     */
    public static Optional<AddressRange> parse(String text) {
        return parseAny(text).filter(range -> range.prefix > 0);
    }

    /** The same, where all addresses of one version of IP are a range, too. */
    public static Optional<AddressRange> parseAny(String text) {
        int slash = text.indexOf('/');
        try {
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int bits = address.getAddress().length * Byte.SIZE;
            int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
            AddressRange range = new AddressRange(address, prefix);
            boolean valid = prefix >= 0
                    && prefix <= bits
                    && range.begin(address).shiftLeft(bits - prefix).equals(number(address));
            return valid ? Optional.of(range) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether an address is in it; one of the other version of IP never is. */
    public boolean contains(InetAddress address) {
        return address.getAddress().length == network.getAddress().length
                && begin(address).equals(begin(network));
    }

    private BigInteger begin(InetAddress address) {
        return number(address).shiftRight(address.getAddress().length * Byte.SIZE - prefix);
    }

    private static BigInteger number(InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }

    /** Whether all of another one is in it. */
    boolean contains(AddressRange other) {
        return other.prefix >= prefix && contains(other.network);
    }

    /** As {@link #parse} reads it, anywhere: without the name of an interface, which means nothing here. */
    public String text() {
        return network.getHostAddress().replaceFirst("%.*", "") + "/" + prefix;
    }
}
