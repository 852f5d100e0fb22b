// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection from within a guest leads to. What is asked for in different words and means the same is the same here, so that the
 * guest connects to what was looked at: {@code ::ffff:127.0.0.1} is {@code 127.0.0.1}. What resolvers take for an address in a form of
 * their own, such as {@code 127.1} or {@code 0x7f000001}, is none.
 *
 * @param host a name in lower case, or an address in its plain form
 * @param port 1 to 65535
 * @param address absent for a name, which the guest resolves
 */
public record ForwardTarget(String host, int port, @Nullable InetAddress address) {
    public static final int MAX_PORT = 65_535;
    public static final int MAX_HOST_LENGTH = 253;

    /** The name that stands for the guest itself. */
    static final String LOCALHOST = "localhost";

    private static final Pattern IPV4 =
            Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\\.(?!$)|$)){4}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final Pattern NAME =
            Pattern.compile("(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?");
    private static final Pattern NUMBER_AT_END = Pattern.compile("(?:.*\\.)?(?:[0-9]+|0x[0-9a-f]*)");

    /** Empty where that is no host, or no port. */
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

    /** What is written as an address. */
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

    /** What can be a name of a host. */
    static Optional<String> name(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        return NAME.matcher(name).matches() && !NUMBER_AT_END.matcher(name).matches()
                ? Optional.of(name)
                : Optional.empty();
    }

    /** Whether it leads nowhere but to the guest itself. */
    boolean isLoopback() {
        return address == null ? host.equals(LOCALHOST) : address.isLoopbackAddress();
    }

    /**
     * What the guest is to connect to, one after the other until it can. That {@code localhost} is the guest itself is not left to its
     * resolver, which may not know the name, or lead elsewhere.
     */
    public List<String> hosts() {
        return host.equals(LOCALHOST) ? List.of("127.0.0.1", "::1") : List.of(host);
    }

    /** As people write it. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
