// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.credentials.ClusterFolder.OwnTls;
import dev.bellhop.server.cluster.credentials.ClusterFolder.Request;
import dev.bellhop.server.cluster.credentials.NkeyText.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@Tag("cluster")
class ClusterFolderTest {
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

    @TempDir
    private Path folder;

    /** Spares making certificates where it is not about them. */
    private OwnTls ownTls() throws IOException {
        Path authority = Files.writeString(
                folder.resolve("own-ca.pem"), "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
        return new OwnTls(authority, Path.of("/etc/tls/nats.pem"), Path.of("/etc/tls/nats.key"));
    }

    private Request request(@Nullable OwnTls tls) {
        return new Request(folder.resolve("cluster"), List.of("nats.example", "127.0.0.1", "::1"), 4222, null, tls);
    }

    @Test
    void aSecondRunChangesNothing() throws IOException {
        assertThat(ClusterFolder.create(request(null), NOW)).isTrue();
        Map<String, String> before = contents();

        assertThat(ClusterFolder.create(request(null), NOW.plusSeconds(60))).isFalse();
        assertThat(contents()).isEqualTo(before);
        assertThat(before)
                .containsOnlyKeys(
                        "api/account.nk",
                        "api/ca.pem",
                        "api/operator-signing.nk",
                        "api/system.nk",
                        "nats/nats.conf",
                        "nats/server-key.pem",
                        "nats/server.pem",
                        "nodes/ca.pem",
                        "offline/ca-key.pem",
                        "offline/operator.nk");
    }

    @Test
    void itsOwnerAloneMayReadIt() throws IOException {
        ClusterFolder.create(request(null), NOW);

        try (Stream<Path> files = Files.walk(folder.resolve("cluster"))) {
            assertThat(files)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo(Files.isDirectory(file) ? "rwx------" : "rw-------"));
        }
    }

    @Test
    void theCertificateIsForTheGivenNames() throws IOException, GeneralSecurityException {
        ClusterFolder.create(request(null), NOW);

        X509Certificate authority = certificate("api/ca.pem");
        X509Certificate server = certificate("nats/server.pem");
        server.verify(authority.getPublicKey());
        assertThat(authority.getBasicConstraints()).isZero();
        assertThat(server.getBasicConstraints()).isEqualTo(-1);
        assertThat(server.getSubjectAlternativeNames())
                .containsExactlyInAnyOrder(
                        List.of(2, "nats.example"), List.of(7, "127.0.0.1"), List.of(7, "0:0:0:0:0:0:0:1"));
    }

    @Test
    void theOperatorsOwnCertificateIsNamedAndNotCopied() throws IOException {
        OwnTls own = ownTls();

        ClusterFolder.create(request(own), NOW);

        assertThat(contents().get("nats/nats.conf"))
                .contains("cert_file: \"/etc/tls/nats.pem\"", "key_file: \"/etc/tls/nats.key\"");
        assertThat(contents().get("nodes/ca.pem")).isEqualTo(Files.readString(own.authority()));
        assertThat(contents()).doesNotContainKeys("offline/ca-key.pem", "nats/server.pem");
    }

    @Test
    void whatIsThereIsNotTouched() throws IOException {
        Files.createDirectory(folder.resolve("cluster"));
        Files.writeString(folder.resolve("cluster/other"), "");

        assertThatThrownBy(() -> ClusterFolder.create(request(null), NOW))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("something else is there");
        assertThat(contents()).containsOnlyKeys("other");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tls://nats.example", "nats.example:4222", "a,b", "a b", "-a"})
    void aHostIsANameOrAnAddress(String host) {
        assertThatThrownBy(() -> ClusterFolder.create(
                        new Request(folder.resolve("cluster"), List.of(host), 4222, null, null), NOW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("without scheme and port");
        assertThat(folder.resolve("cluster")).doesNotExist();
    }

    @Test
    void keysAreReadAgainUnlessOthersMayReadThem() throws IOException {
        ClusterFolder.create(request(ownTls()), NOW);
        Path api = folder.resolve("cluster/api");

        ClusterKeys keys = ClusterKeys.read(api);
        assertThat(contents().get("nats/nats.conf"))
                .contains(keys.account().publicKey(), keys.system().publicKey())
                .doesNotContain(keys.account().seed(), keys.system().seed());
        Files.setPosixFilePermissions(api.resolve("account.nk"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> ClusterKeys.read(api))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void aKeyOfAnotherKindIsRefused() throws IOException {
        ClusterFolder.create(request(ownTls()), NOW);
        Path api = folder.resolve("cluster/api");
        String user = Nkey.generate(Kind.USER).seed();
        Files.writeString(api.resolve("account.nk"), user);

        assertThatThrownBy(() -> ClusterKeys.read(api))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no seed of NATS for an account")
                .hasMessageNotContaining(user);
    }

    @Test
    void aNodesTokenAllowsItsOwnSubjectsFor30Days() throws GeneralSecurityException {
        ClusterKeys keys = ClusterKeys.generate();
        String user = Nkey.generate(Kind.USER).publicKey();

        String jwt = new UserTokens(keys).node(new NodeId("host-1"), user, NOW);

        JsonNode body = NatsJwt.body(jwt);
        assertThat(body.path("sub").asString()).isEqualTo(user);
        assertThat(body.path("iss").asString()).isEqualTo(keys.account().publicKey());
        assertThat(NatsJwt.expiry(jwt)).isEqualTo(Instant.parse("2026-07-01T00:00:00Z"));
        assertThat(body.path("nats").path("sub").toString())
                .isEqualTo("{\"allow\":[\"bh.1.n.host-1.>\",\"_INBOX.host-1.>\"]}");
        assertThat(body.path("nats").path("pub").toString()).isEqualTo("{\"allow\":[\"bh.1.s.host-1.>\"]}");
        assertThat(body.path("nats").path("resp").path("max").asInt()).isEqualTo(1);
        String[] parts = jwt.split("\\.", -1);
        assertThat(NkeyTest.verifies(
                        keys.account().publicKey(),
                        (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII),
                        Base64.getUrlDecoder().decode(parts[2])))
                .isTrue();
    }

    @Test
    void aTokenIsForAUserAlone() {
        UserTokens tokens = new UserTokens(ClusterKeys.generate());

        assertThatThrownBy(() -> tokens.node(
                        new NodeId("host-1"), Nkey.generate(Kind.ACCOUNT).publicKey(), NOW))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRevocationIsKeptWhileATokenCouldHold() {
        ClusterKeys keys = ClusterKeys.generate();
        Map<String, Instant> revoked = Map.of("UNEW", NOW, "UOLD", NOW.minusSeconds(40 * 86_400));

        assertThat(AccountTokens.revoked(AccountTokens.cluster(keys, NOW, revoked)))
                .isEqualTo(Map.of("UNEW", NOW));
    }

    private X509Certificate certificate(String name) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(folder.resolve("cluster").resolve(name))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private Map<String, String> contents() throws IOException {
        Path root = folder.resolve("cluster");
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(root.relativize(file).toString(), Files.readString(file));
            }
        }
        return contents;
    }
}
