// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/**
 * What one proxy says of whom it had a request from.
 *
 * @param client an address as a rule, but anything can stand there
 * @param secure whether it came by HTTPS
 */
record Hop(String client, boolean secure) {
    private static final String HTTPS = "https";

    /** One parameter of {@code Forwarded}, and what follows it: more of the same hop, the next hop, or the end. */
    private static final Pattern PARAMETER =
            Pattern.compile("\\G\\s*+([\\w!#$%&'*+.^`|~-]++)=(?:\"([^\"\\\\]*+)\"|([^\\s\",;]++))\\s*+(;|,|$)");

    /** The hops in {@code X-Forwarded-For}, the latest last; none where there is no such header. */
    static List<Hop> inXForwardedFor(HttpFields headers) {
        String clients = joined(headers, HttpHeader.X_FORWARDED_FOR);
        if (clients == null) {
            return List.of();
        }
        // Proxies write one protocol, whatever the number of hops: the latest one's.
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

    /** The hops in {@code Forwarded} (RFC 7239), the latest last; none where there is no such header or it is malformed. */
    static List<Hop> inForwarded(HttpFields headers) {
        String value = joined(headers, HttpHeader.FORWARDED);
        if (value == null) {
            return List.of();
        }
        List<Hop> hops = new ArrayList<>();
        String client = "";
        boolean secure = false;
        Matcher parameter = PARAMETER.matcher(value);
        int end = 0;
        while (end < value.length() && parameter.find()) {
            String text = parameter.group(2) == null ? parameter.group(3) : parameter.group(2);
            switch (parameter.group(1).toLowerCase(Locale.ROOT)) {
                case "for" -> client = text;
                case "proto" -> secure = HTTPS.equalsIgnoreCase(text);
                default -> {}
            }
            end = parameter.end();
            if (end == value.length() || parameter.group(4).equals(",")) {
                hops.add(new Hop(client, secure));
                client = "";
                secure = false;
            }
        }
        return end < value.length() ? List.of() : hops;
    }

    private static @Nullable String joined(HttpFields headers, HttpHeader name) {
        List<String> values = headers.getValuesList(name);
        return values.isEmpty() ? null : String.join(",", values);
    }

    /** The address, where it is one. Some proxies add the port, and one of version 6 may stand in brackets. */
    Optional<InetAddress> address() {
        String host = client;
        int colon = client.indexOf(':');
        if (client.startsWith("[")) {
            host = client.substring(1, Math.max(1, client.indexOf(']')));
        } else if (colon >= 0 && colon == client.lastIndexOf(':')) {
            host = client.substring(0, colon);
        }
        try {
            return Optional.of(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
