// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import dev.bellhop.server.cluster.credentials.NkeyText.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster begins with, in one folder: {@code nats} for the host of NATS, {@code api} for each API server, {@code nodes} for
 * each node, and {@code offline} for a safe place. It is there as a whole or not at all.
 */
public final class ClusterFolder {
    static final String NATS_CONFIGURATION = "nats.conf";

    private static final String NATS = "nats";
    private static final String API = "api";
    private static final String NODES = "nodes";
    private static final String OFFLINE = "offline";

    private ClusterFolder() {}

    /**
     * What is asked for.
     *
     * @param folder to make
     * @param hosts names and addresses by which nodes and API servers reach NATS
     * @param natsFolder where the folder nats will lie on the host of NATS; null: where it is made
     * @param tls the operator's own certificate; null: one is made
     */
    public record Request(
            Path folder,
            List<String> hosts,
            int port,
            @Nullable Path natsFolder,
            @Nullable OwnTls tls) {}

    /**
     * A certificate that the operator has.
     *
     * @param authority by which nodes and API servers know NATS; it is copied
     * @param certificate where it lies on the host of NATS, which may be another
     * @param key likewise
     */
    public record OwnTls(Path authority, Path certificate, Path key) {}

    /**
     * Makes it, unless it is there.
     *
     * @return whether it was made
     * @throws IOException with a sentence that says what to do
     * @throws IllegalArgumentException likewise, where what is asked for cannot be
     */
    public static boolean create(Request request, Instant now) throws IOException {
        requireNames(request.hosts());
        Path folder = request.folder().toAbsolutePath().normalize();
        if (Files.exists(folder.resolve(NATS).resolve(NATS_CONFIGURATION))) {
            return false;
        }
        requireFree(folder);
        Path parent = folder.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new IOException(
                    "Cannot make " + folder + " because there is no folder " + parent + "; make that first");
        }
        Path fresh = PrivateFiles.createFolder(parent.resolve(
                "." + folder.getFileName() + "." + ProcessHandle.current().pid()));
        try {
            fill(fresh, folder, request, now);
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(fresh);
        }
        return true;
    }

    private static void fill(Path fresh, Path folder, Request request, Instant now) throws IOException {
        Path nats = PrivateFiles.createFolder(fresh.resolve(NATS));
        Path api = PrivateFiles.createFolder(fresh.resolve(API));
        Path nodes = PrivateFiles.createFolder(fresh.resolve(NODES));
        Path offline = PrivateFiles.createFolder(fresh.resolve(OFFLINE));
        Path own = request.natsFolder() == null ? folder.resolve(NATS) : request.natsFolder();

        Path certificate = own.resolve("server.pem");
        Path key = own.resolve("server-key.pem");
        String authority;
        OwnTls tls = request.tls();
        if (tls == null) {
            ServerCertificate made = ServerCertificate.make(request.hosts(), fresh);
            PrivateFiles.write(nats.resolve(certificate.getFileName()), made.certificate());
            PrivateFiles.write(nats.resolve(key.getFileName()), made.key());
            PrivateFiles.write(offline.resolve("ca-key.pem"), made.authorityKey());
            authority = made.authority();
        } else {
            certificate = tls.certificate();
            key = tls.key();
            authority = authority(tls.authority());
        }
        PrivateFiles.write(api.resolve(ClusterKeys.CA_FILE), authority);
        PrivateFiles.write(nodes.resolve(ClusterKeys.CA_FILE), authority);

        Nkey operator = Nkey.generate(Kind.OPERATOR);
        ClusterKeys keys = ClusterKeys.generate();
        PrivateFiles.write(offline.resolve("operator.nk"), operator.seed() + "\n");
        keys.write(api);
        NatsConfiguration configuration = new NatsConfiguration(
                request.port(),
                own,
                certificate,
                key,
                AccountTokens.operator(operator, keys, now),
                new NatsConfiguration.Account(keys.account().publicKey(), AccountTokens.cluster(keys, now, Map.of())),
                new NatsConfiguration.Account(keys.system().publicKey(), AccountTokens.system(keys, now)));
        PrivateFiles.write(nats.resolve(NATS_CONFIGURATION), configuration.text());
    }

    private static String authority(Path file) throws IOException {
        try {
            String text = Files.readString(file);
            if (text.contains("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE KEY-----")) {
                return text;
            }
        } catch (IOException e) {
            throw new IOException("Cannot read " + file + " (" + e.getClass().getSimpleName()
                    + "); --tls-ca names the file of the authority that signed the certificate, in PEM");
        }
        throw new IOException(
                "Cannot use " + file
                        + " because it is no certificate in PEM; --tls-ca names the file of the authority that signed the certificate");
    }

    private static void requireNames(List<String> hosts) {
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException(
                    "Cannot make a cluster without a name for NATS; name its host with --nats-host");
        }
        for (String host : hosts) {
            if (!ServerCertificate.HOST.matcher(host).matches()) {
                throw new IllegalArgumentException("Cannot use '" + host
                        + "' as a host because it is neither a name nor an address; give it without scheme and port");
            }
        }
    }

    private static void requireFree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isEmpty()) {
                    return;
                }
            }
        }
        throw new IOException(
                "Cannot make " + folder + " because something else is there; name a folder that is not there yet");
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
