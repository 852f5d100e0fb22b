// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.app.TestServerCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers with TLS, those that are to be trusted and those that are not. */
@Tag("real")
class HttpsTest {
    @TempDir
    private static Path folder;

    private static TestServerCertificate certificate;
    private static RealServer real;

    @BeforeAll
    static void start() throws Exception {
        certificate = TestServerCertificate.in(folder);
        real = RealServer.start(folder, TestServer.in(folder).tls(certificate));
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    private static String ca() {
        return certificate.certificate().toString();
    }

    private static Cli.Run run(Map<String, String> env, String... args) {
        return Cli.run(env, Cli.TERMINAL, Duration.ofSeconds(30), Duration.ofSeconds(30), args);
    }

    private static Map<String, String> env(String url) {
        return Map.of("BELLHOP_URL", url, "BELLHOP_KEY", Cli.KEY);
    }

    @Test
    void anAuthorityOfOnesOwnIsTrustedWhereItIsNamed() {
        assertThat(real.run("--ca", ca(), "vm", "list").exitCode()).isZero();
        assertThat(real.run("vm", "list", "--ca", ca()).exitCode()).isZero();
        assertThat(real.run("exec", "--ca", ca(), "1", "--", "echo", "x").out()).isEqualTo("x\n");
    }

    @Test
    void orByTheEnvironment() {
        Map<String, String> env = new HashMap<>(real.env);
        env.put("BELLHOP_CA", ca());

        assertThat(run(env, "exec", "1", "--", "echo", "x").out()).isEqualTo("x\n");
        env.put("BELLHOP_CA", "/nowhere");
        assertThat(run(env, "--ca", ca(), "vm", "list").exitCode()).isZero();
        assertThat(run(env, "vm", "list").err())
                .isEqualTo("bellhop: Cannot trust the authorities in the file /nowhere because there is no such file;"
                        + " see --ca and BELLHOP_CA\n");
    }

    /** It is said at once: no server comes to be trusted by being asked again. */
    @ParameterizedTest
    @ValueSource(strings = {"vm list", "exec 1 -- true", "logs -f 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01"})
    void anUnknownAuthorityIsSaidToBeOne(String line) {
        Cli.Run run = real.run(line.split(" ", -1));

        assertThat(run.exitCode()).isEqualTo(line.startsWith("vm") ? 1 : 255);
        assertThat(run.err())
                .isEqualTo("bellhop: Cannot trust " + real.server.uri()
                        + " because its certificate is signed by no authority that is trusted here; where that is as it"
                        + " should be, set BELLHOP_CA or --ca to the authority's certificate\n");
    }

    @ParameterizedTest
    @CsvSource({
        "DNS:other.example, 20200101000000Z, 21000101000000Z, is for another name",
        "'IP:127.0.0.1,DNS:localhost', 20200101000000Z, 20210101000000Z, has expired",
        "'IP:127.0.0.1,DNS:localhost', 20990101000000Z, 21000101000000Z, is not valid yet"
    })
    void aCertificateThatDoesNotHoldIsSaidWhy(String names, String from, String to, String why, @TempDir Path own)
            throws Exception {
        TestServerCertificate authority = TestServerCertificate.in(Files.createDirectory(own.resolve("ca")));
        TestServerCertificate wrong = new TestServerCertificate(own.resolve("tls.crt"), own.resolve("tls.key"));
        TestServerCertificate.openssl(
                ("req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=bellhop -not_before " + from
                                + " -not_after " + to + " -addext subjectAltName=" + names + " -CA "
                                + authority.certificate() + " -CAkey " + authority.key() + " -out "
                                + wrong.certificate() + " -keyout " + wrong.key())
                        .split(" ", -1));
        try (TestServer server = TestServer.in(own).tls(wrong).start()) {
            Cli.Run run = run(
                    env(server.uri().toString()),
                    "exec",
                    "--ca",
                    authority.certificate().toString(),
                    "1",
                    "--",
                    "true");

            assertThat(run.exitCode()).isEqualTo(255);
            assertThat(run.err())
                    .startsWith("bellhop: Cannot trust " + server.uri() + " because its certificate " + why)
                    .doesNotContain("trying again");
        }
    }

    @Test
    void aServerWithoutTlsIsSaidToBeOne(@TempDir Path own) {
        try (TestServer server = TestServer.in(own).start()) {
            String url = server.uri().toString().replace("http:", "https:");

            assertThat(run(env(url), "vm", "list", "--ca", ca()).err())
                    .isEqualTo("bellhop: Cannot speak TLS with " + url
                            + " because no TLS is spoken there; a server without"
                            + " it has a URL that begins with http://\n");
        }
    }

    @Test
    void aServerWithTlsIsSaidToBeOne() {
        String url = real.server.uri().toString().replace("https:", "http:");

        assertThat(run(env(url), "vm", "list").err())
                .isEqualTo("bellhop: Cannot understand the answer of " + url
                        + " because it is not HTTP; a server with TLS has a URL that begins with https://\n");
    }

    /** As over plain HTTP, though without advice on TLS. */
    @Test
    void whatIsNotHttpIsSaidSoWithinTlsToo(@TempDir Path own) throws Exception {
        Path store = own.resolve("tls.p12");
        TestServerCertificate.openssl(("pkcs12 -export -passout pass:secret -in " + certificate.certificate()
                        + " -inkey " + certificate.key() + " -out " + store)
                .split(" ", -1));
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(KeyStore.getInstance(store.toFile(), "secret".toCharArray()), "secret".toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), null, null);
        try (ServerSocket other =
                tls.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread answer = Thread.ofVirtual().start(() -> {
                try (Socket accepted = other.accept()) {
                    accepted.getInputStream().read();
                    accepted.getOutputStream().write("SSH-2.0-OpenSSH_10.0\r\n".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    // The client has hung up.
                }
            });
            String url = "https://127.0.0.1:" + other.getLocalPort();

            assertThat(run(env(url), "vm", "list", "--ca", ca()).err())
                    .isEqualTo("bellhop: Cannot understand the answer of " + url + " because it is not HTTP\n");
            answer.join();
        }
    }

    @Test
    void aFileThatIsNoCertificateIsSaidToBeNone() {
        assertThat(real.run("vm", "list", "--ca", certificate.key().toString()).err())
                .isEqualTo("bellhop: Cannot trust the authorities in the file " + certificate.key()
                        + " because there is no certificate in PEM in it; see --ca and BELLHOP_CA\n");
    }
}
