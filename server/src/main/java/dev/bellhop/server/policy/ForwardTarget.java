// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The target of a connection from within a guest, in normal form. Different spellings of a target become equal, so the
 * guest connects to the target that was checked: {@code ::ffff:127.0.0.1} becomes {@code 127.0.0.1}. Addresses that
 * only some resolvers understand, such as {@code 127.1} or {@code 0x7f000001}, are rejected.
 *
 * @param host a name in lower case, or an address in its plain form
 * @param port 1 to 65535
 * @param address absent for a name, which the guest resolves
 */
public record ForwardTarget(String host, int port, @Nullable InetAddress address) {
    public static final int MAX_PORT = 65_535;
    public static final int MAX_HOST_LENGTH = 253;

    /** The name that means the guest itself. */
    static final String LOCALHOST = "localhost";

    private static final Pattern IPV4 =
            Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\\.(?!$)|$)){4}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final Pattern NAME =
            Pattern.compile("(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?");
    private static final Pattern NUMBER_AT_END = Pattern.compile("(?:.*\\.)?(?:[0-9]+|0x[0-9a-f]*)");

    /** Parses a target; empty if the host or the port is invalid. */
    public static Optional<ForwardTarget> of(String host, int port) {
        if (port < 1 || port > MAX_PORT || host.length() > MAX_HOST_LENGTH) {
            return Optional.empty();
        }
        Optional<InetAddress> address = address(host);
        if (address.isPresent()) {
            return Optional.of(new ForwardTarget(address.get().getHostAddress(), port, address.get()));
        }
        return name(host).map(name -> new ForwardTarget(name, port, null));
    }

    /** Parses an address. */
    static Optional<InetAddress> address(String text) {
        if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Parses a host name. */
    static Optional<String> name(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        return NAME.matcher(name).matches() && !NUMBER_AT_END.matcher(name).matches()
                ? Optional.of(name)
                : Optional.empty();
    }

    /** Returns whether it can only lead to the guest itself. */
    boolean isLoopback() {
        return address == null ? host.equals(LOCALHOST) : address.isLoopbackAddress();
    }

    /**
     * Returns the hosts that the guest tries, in order, until a connection succeeds. {@code localhost} becomes
     * addresses, because the guest's resolver may not know the name or may resolve it to another host.
     */
    public List<String> hosts() {
        return host.equals(LOCALHOST) ? List.of("127.0.0.1", "::1") : List.of(host);
    }

    /** Returns the usual notation. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
