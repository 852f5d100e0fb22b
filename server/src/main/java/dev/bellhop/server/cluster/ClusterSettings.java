// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a process reaches the others of its cluster, as its configuration says.
 *
 * @param servers addresses of NATS, such as {@code tls://nats.example:4222}; any of them will do
 * @param credentials a file, or a folder with several, that says who the process is there
 * @param ca certificates by which NATS is known, in PEM; absent for {@code ca.pem} in that folder, or beside that file
 * @param serversForNodes where an API server tells nodes that join to find NATS, which may have other names for them
 * @param takeOverAfter for how long a node has to be silent until another one that finds its VM has it; absent where an administrator
 *     has to say so
 * @param maxVmsPerNode how many VMs a node can hold, or have released in the last week
 */
public record ClusterSettings(
        List<String> servers,
        Path credentials,
        @Nullable Path ca,
        List<String> serversForNodes,
        @Nullable Duration takeOverAfter,
        int maxVmsPerNode) {
    public static final int DEFAULT_MAX_VMS_PER_NODE = 10_000;

    private static final String WITH_TLS = "tls";
    private static final String WITHOUT_TLS = "nats";
    private static final String CA_FILE = "ca.pem";

    public ClusterSettings {
        servers = List.copyOf(servers);
        serversForNodes = List.copyOf(serversForNodes);
    }

    /** Where all find NATS at the same addresses, and a silent node keeps its VMs. */
    public ClusterSettings(List<String> servers, Path credentials, @Nullable Path ca) {
        this(servers, credentials, ca, servers, null, DEFAULT_MAX_VMS_PER_NODE);
    }

    /** Addresses with commas between them; empty where one cannot be used. Without TLS it has to be the own machine's. */
    public static Optional<List<String>> parse(String text) {
        List<String> servers = new ArrayList<>();
        for (String each : text.split(",", -1)) {
            String server = each.strip();
            if (!isFit(server)) {
                return Optional.empty();
            }
            servers.add(server);
        }
        return Optional.of(servers);
    }

    private static boolean isFit(String server) {
        try {
            URI uri = new URI(server);
            String host = uri.getHost();
            boolean isPlain = uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getFragment() == null
                    && (uri.getPath() == null || uri.getPath().isEmpty());
            return host != null
                    && isPlain
                    && (WITH_TLS.equals(uri.getScheme())
                            || (WITHOUT_TLS.equals(uri.getScheme()) && isOwnMachine(host)));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static boolean isOwnMachine(String host) {
        try {
            return InetAddress.ofLiteral(host.replaceAll("^\\[(.*)]$", "$1")).isLoopbackAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }

    /** Whether the connection is encrypted, and NATS known by {@link #authorities}. */
    public boolean isEncrypted() {
        return isEncrypted(servers);
    }

    /** Whether connections to these addresses are. */
    public static boolean isEncrypted(List<String> servers) {
        return servers.stream().anyMatch(server -> server.startsWith(WITH_TLS));
    }

    /** The file of certificates by which NATS is known. */
    public Path authorities() {
        if (ca != null) {
            return ca;
        }
        return Files.isDirectory(credentials) ? credentials.resolve(CA_FILE) : credentials.resolveSibling(CA_FILE);
    }
}
