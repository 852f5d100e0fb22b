// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Optional;

/** A network or a single address: all addresses that begin with the same bits. */
public record AddressRange(InetAddress network, int prefix) {
    /**
     * Parses an address, or a network such as {@code 10.0.0.0/8}. Empty if the text is neither, if bits beyond the
     * prefix are set, or if the range covers all addresses.
     */
    public static Optional<AddressRange> parse(String text) {
        return parseAny(text).filter(range -> range.prefix > 0);
    }

    /** Like {@link #parse}, but also accepts a range of all addresses of one IP version. */
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

    /** Returns whether it contains an address; never true for the other IP version. */
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

    /** Returns whether it contains all of another range. */
    boolean contains(AddressRange other) {
        return other.prefix >= prefix && contains(other.network);
    }

    /**
     * Returns a form that {@link #parse} reads on any machine: without an interface name, which has no meaning here.
     */
    public String text() {
        return network.getHostAddress().replaceFirst("%.*", "") + "/" + prefix;
    }
}
