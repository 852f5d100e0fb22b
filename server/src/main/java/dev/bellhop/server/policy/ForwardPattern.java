// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hosts and ports that connections from within a guest can lead to, as {@code HOST:PORT}. The host is a name,
 * {@code *.} and the end of names, an address, a network such as {@code 10.0.0.0/8}, or {@code *} for all.
 * {@code localhost} also includes all addresses of the guest's loopback. IPv6 is in brackets. The port is a number,
 * {@code 8000-8099}, or {@code *} for all. The guest resolves names, so patterns of addresses match no names.
 */
public final class ForwardPattern {
    public static final int MAX_LENGTH = 280;

    private static final String ANY = "*";
    private static final String BELOW = "*.";
    private static final Pattern FORM =
            Pattern.compile("(?:\\[(?<six>[^\\[\\]]+)]|(?<host>[^\\[\\]:]+)):(?<ports>[0-9*-]+)");
    private static final Pattern PORTS = Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?");
    private static final Pattern BITS = Pattern.compile("[0-9]{1,3}");

    /** The targets that are allowed unless a policy says otherwise. */
    public static final ForwardPattern LOOPBACK =
            parse(ForwardTarget.LOCALHOST + ":*").orElseThrow();

    private final Hosts hosts;
    private final int firstPort;
    private final int lastPort;

    private ForwardPattern(Hosts hosts, int firstPort, int lastPort) {
        this.hosts = hosts;
        this.firstPort = firstPort;
        this.lastPort = lastPort;
    }

    private interface Hosts {
        boolean contain(ForwardTarget target);
    }

    /** Parses a pattern; empty if the text is not one. */
    public static Optional<ForwardPattern> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (text.length() > MAX_LENGTH || !form.matches()) {
            return Optional.empty();
        }
        String six = form.group("six");
        Hosts hosts = six == null ? hosts(form.group("host")) : six.indexOf(':') < 0 ? null : addresses(six);
        String ports = form.group("ports");
        if (hosts == null) {
            return Optional.empty();
        }
        if (ports.equals(ANY)) {
            return Optional.of(new ForwardPattern(hosts, 1, ForwardTarget.MAX_PORT));
        }
        Matcher range = PORTS.matcher(ports);
        if (!range.matches()) {
            return Optional.empty();
        }
        int first = Integer.parseInt(range.group(1));
        int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
        return first < 1 || last < first || last > ForwardTarget.MAX_PORT
                ? Optional.empty()
                : Optional.of(new ForwardPattern(hosts, first, last));
    }

    private static @Nullable Hosts hosts(String text) {
        if (text.equals(ANY)) {
            return target -> true;
        }
        Hosts addresses = addresses(text);
        if (addresses != null) {
            return addresses;
        }
        boolean below = text.startsWith(BELOW);
        String name = ForwardTarget.name(below ? text.substring(BELOW.length()) : text)
                .orElse(null);
        if (name == null) {
            return null;
        }
        if (below) {
            return target -> target.address() == null && target.host().endsWith("." + name);
        }
        return name.equals(ForwardTarget.LOCALHOST)
                ? ForwardTarget::isLoopback
                : target -> target.address() == null && target.host().equals(name);
    }

    /** Parses an address or a network. */
    private static @Nullable Hosts addresses(String text) {
        int slash = text.indexOf('/');
        InetAddress address = ForwardTarget.address(slash < 0 ? text : text.substring(0, slash))
                .orElse(null);
        if (address == null) {
            return null;
        }
        byte[] network = address.getAddress();
        int all = network.length * Byte.SIZE;
        String given = slash < 0 ? Integer.toString(all) : text.substring(slash + 1);
        if (!BITS.matcher(given).matches() || Integer.parseInt(given) > all) {
            return null;
        }
        int bits = Integer.parseInt(given);
        return target -> target.address() != null && begins(target.address().getAddress(), network, bits);
    }

    private static boolean begins(byte[] address, byte[] network, int bits) {
        if (address.length != network.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit % Byte.SIZE);
            if (((address[bit / Byte.SIZE] ^ network[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    public boolean matches(ForwardTarget target) {
        return target.port() >= firstPort && target.port() <= lastPort && hosts.contain(target);
    }
}
