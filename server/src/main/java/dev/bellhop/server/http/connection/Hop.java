// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/**
 * An entry that a proxy writes about the sender of a request.
 *
 * @param client usually an address, but any text is possible
 * @param secure whether it came by HTTPS
 */
record Hop(String client, boolean secure) {
    private static final String HTTPS = "https";

    /** An unreadable entry: it exists, but its client is unknown. */
    private static final Hop UNREADABLE = new Hop("", false);

    /** A parameter of {@code Forwarded} and its separator: more of the same hop, the next hop, or the end. */
    private static final Pattern PARAMETER =
            Pattern.compile("\\G\\s*+([\\w!#$%&'*+.^`|~-]++)=(?:\"([^\"\\\\]*+)\"|([^\\s\",;]++))\\s*+(;|,|$)");

    /**
     * In brackets, of version 4, or bare of version 6; a port after the first two, which need not be a number (RFC
     * 7239).
     */
    private static final Pattern ADDRESS = Pattern.compile(
            "(?:\\[([0-9a-fA-F:.]++)]|([0-9]++(?:[.][0-9]++){3}))(?::(?:[0-9]{1,5}|_[\\w.-]++))?|((?=[^:]*+:)[0-9a-fA-F:.]++)");

    /** Returns the hops in {@code X-Forwarded-For}, the latest last; empty if there is no such header. */
    static List<Hop> inXForwardedFor(HttpFields headers) {
        String clients = joined(headers, HttpHeader.X_FORWARDED_FOR);
        if (clients == null) {
            return List.of();
        }
        // Proxies write one protocol, no matter how many hops there are: the protocol of the latest.
        String protocols = joined(headers, HttpHeader.X_FORWARDED_PROTO);
        boolean secure = protocols != null
                && HTTPS.equalsIgnoreCase(
                        protocols.substring(protocols.lastIndexOf(',') + 1).strip());
        List<Hop> hops = new ArrayList<>();
        for (String client : clients.split(",", -1)) {
            hops.add(new Hop(client.strip(), secure));
        }
        return hops;
    }

    /**
     * Returns the hops in {@code Forwarded} (RFC 7239), the latest last; empty if there is no such header. If a part is
     * unreadable, the whole header is unreadable: the client can have sent the beginning of the value, which a proxy
     * then continued.
     */
    static List<Hop> inForwarded(HttpFields headers) {
        String value = joined(headers, HttpHeader.FORWARDED);
        if (value == null) {
            return List.of();
        }
        List<Hop> hops = new ArrayList<>();
        Map<String, String> hop = new HashMap<>();
        Matcher parameter = PARAMETER.matcher(value);
        int end = 0;
        while (end < value.length() && parameter.find()) {
            String text = parameter.group(2) == null ? parameter.group(3) : parameter.group(2);
            if (hop.put(parameter.group(1).toLowerCase(Locale.ROOT), text) != null) {
                return List.of(UNREADABLE); // Readers disagree about which of the two counts.
            }
            end = parameter.end();
            if (end == value.length() || parameter.group(4).equals(",")) {
                hops.add(new Hop(hop.getOrDefault("for", ""), HTTPS.equalsIgnoreCase(hop.get("proto"))));
                hop.clear();
            }
        }
        return end < value.length() || hops.isEmpty() ? List.of(UNREADABLE) : hops;
    }

    private static @Nullable String joined(HttpFields headers, HttpHeader name) {
        List<String> values = headers.getValuesList(name);
        return values.isEmpty() ? null : String.join(",", values);
    }

    /** Returns the address, if it is one. Some proxies add the port, and an IPv6 address can be in brackets. */
    Optional<InetAddress> address() {
        Matcher parts = ADDRESS.matcher(client);
        if (!parts.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(Stream.of(parts.group(1), parts.group(2), parts.group(3))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseThrow()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
