// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.forward;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A port here, and where it leads to, as {@code ssh -L} has it.
 *
 * @param address where to listen; absent for this machine alone
 * @param localPort 0 for any that is free
 * @param host as the guest knows it
 */
record ForwardSpec(@Nullable String address, int localPort, String host, int port) {
    static final String FORM = "[LOCALADDR:]LOCALPORT:HOST:PORT";

    private static final int MAX_PORT = 65_535;
    private static final String NAME = "(?:\\[([^\\[\\]]+)]|([^\\[\\]:]+))";
    private static final Pattern PARTS = Pattern.compile("(?:" + NAME + ":)?([0-9]{1,5}):" + NAME + ":([0-9]{1,5})");

    /** As it is typed, without brackets around nothing. */
    static final class Converter implements ITypeConverter<ForwardSpec> {
        @Override
        public ForwardSpec convert(String value) {
            Matcher parts = PARTS.matcher(value);
            if (!parts.matches()) {
                throw new TypeConversionException("'" + value + "' must be " + FORM + ", with IPv6 in brackets");
            }
            int localPort = Integer.parseInt(parts.group(3));
            int port = Integer.parseInt(parts.group(6));
            if (localPort > MAX_PORT || port < 1 || port > MAX_PORT) {
                throw new TypeConversionException("'" + value + "' has a port that is not from 1 to " + MAX_PORT);
            }
            String host = Objects.requireNonNull(first(parts.group(4), parts.group(5)));
            return new ForwardSpec(first(parts.group(1), parts.group(2)), localPort, host, port);
        }

        private static @Nullable String first(@Nullable String one, @Nullable String other) {
            return one == null ? other : one;
        }
    }

    /** Where it leads to. */
    String target() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
