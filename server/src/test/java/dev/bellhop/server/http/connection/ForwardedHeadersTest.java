// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Which client the access log names, where proxies and strangers say who it is. */
class ForwardedHeadersTest {
    @TempDir
    private static Path folder;

    /** Its one proxy on this machine is where all requests of tests come from. */
    private static TestServer behindProxies;

    private static TestServer direct;
    private static TestServer behindAnother;

    private final Queue<String> logged = new ConcurrentLinkedQueue<>();
    private final Logger access = (Logger) LoggerFactory.getLogger("dev.bellhop.access");
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            logged.add(event.getFormattedMessage());
        }
    };

    @BeforeAll
    static void start() throws Exception {
        behindProxies = TestServer.in(Files.createDirectory(folder.resolve("a")))
                .proxies("127.0.0.1", "10.0.0.0/8")
                .start();
        direct = TestServer.in(Files.createDirectory(folder.resolve("b"))).start();
        behindAnother = TestServer.in(Files.createDirectory(folder.resolve("c")))
                .proxies("127.0.0.2", "192.0.2.0/24")
                .start();
    }

    @AfterAll
    static void stop() {
        behindProxies.close();
        direct.close();
        behindAnother.close();
    }

    @BeforeEach
    void listen() {
        appender.start();
        access.addAppender(appender);
    }

    @AfterEach
    void stopListening() {
        access.detachAppender(appender);
    }

    private String client(TestServer server, String... headers) throws Exception {
        // Of requests without a key not each has a line.
        String[] withKey = Stream.concat(Stream.of("X-API-Key: " + server.adminKey()), Stream.of(headers))
                .toArray(String[]::new);
        String id;
        try (RawHttp http = new RawHttp(server.uri())) {
            TestAnswer answer = http.request("GET", "/api/v2/vps", withKey).answer();
            assertThat(answer.status()).isEqualTo(200);
            id = Objects.requireNonNull(answer.header("X-Request-Id"));
        }
        // It comes after the answer, as those of earlier requests may as well.
        String line = await().until(
                        () -> logged.stream().filter(each -> each.contains(id)).findFirst(), Optional::isPresent)
                .orElseThrow();
        return line.substring(line.indexOf("from ") + "from ".length());
    }

    private static Arguments from(String client, String... headers) {
        return Arguments.of(client, headers);
    }

    static Stream<Arguments> byNamedProxies() {
        String stranger = "198.51.100.7";
        String proxy = "127.0.0.1";
        return Stream.of(
                from(proxy),
                from(stranger, "X-Forwarded-For: 198.51.100.7"),
                from(stranger, "x-forwarded-for:198.51.100.7:4711"),
                from(stranger, "X-Forwarded-For: 203.0.113.9, 198.51.100.7"),
                from(stranger, "X-Forwarded-For: 203.0.113.9", "X-Forwarded-For: 198.51.100.7"),
                from(stranger, "X-Forwarded-For: 203.0.113.9, 198.51.100.7,10.1.2.3, 127.0.0.1"),
                from(stranger, "X-Forwarded-For: junk, 198.51.100.7, 10.1.2.3"),
                from("10.9.9.9", "X-Forwarded-For: 10.9.9.9, 10.1.2.3"),
                from("10.1.2.3", "X-Forwarded-For: 198.51.100.7, unknown, 10.1.2.3"),
                from(proxy, "X-Forwarded-For: 198.51.100.7, unknown"),
                from(proxy, "X-Forwarded-For: "),
                from(proxy, "X-Forwarded-For: 198.51.100.7,"),
                from(proxy, "X-Forwarded-For: localhost"),
                from("[2001:db8:0:0:0:0:0:1]", "X-Forwarded-For: 2001:db8::1"),
                from("[2001:db8:0:0:0:0:0:1]", "X-Forwarded-For: [2001:db8::1]:4711"),
                from(proxy, "X-Forwarded-For: ["),
                from(stranger, "X-Forwarded-For: ::ffff:198.51.100.7"),
                from(stranger, "X-Forwarded-For: \", 198.51.100.7"),
                from(stranger, "Forwarded: for=198.51.100.7"),
                from(
                        stranger,
                        "Forwarded: for=203.0.113.9;proto=http;by=10.1.2.3, For=\"198.51.100.7:4711\" ; proto=https"),
                from(stranger, "Forwarded: for=203.0.113.9", "Forwarded: proto=http;for=198.51.100.7;"),
                from("[2001:db8:0:0:0:0:0:1]", "Forwarded: for=\"[2001:db8::1]:4711\""),
                from(stranger, "Forwarded: for=198.51.100.7;host=\"a;for=203.0.113.9, for=203.0.113.9\""),
                from("10.1.2.3", "Forwarded: for=198.51.100.7, for=_hidden, for=10.1.2.3"),
                from(proxy, "Forwarded: for=_hidden"),
                from(proxy, "Forwarded: by=198.51.100.7"),
                from(proxy, "Forwarded: for=198.51.100.7, for=\""),
                from(proxy, "Forwarded: for = 198.51.100.7"),
                from(proxy, "Forwarded: "),
                from(stranger, "X-Forwarded-For: 198.51.100.7", "Forwarded: for=198.51.100.7"),
                from(proxy, "X-Forwarded-For: 198.51.100.7", "Forwarded: for=203.0.113.9"),
                from(proxy, "X-Real-IP: 198.51.100.7"),
                from(proxy, "X-Forwarded-Host: 198.51.100.7", "X-Forwarded-Server: 198.51.100.7"));
    }

    @ParameterizedTest
    @MethodSource("byNamedProxies")
    void theLastHopThatIsNoProxyOfOursIsTheClient(String client, String[] headers) throws Exception {
        assertThat(client(behindProxies, headers)).isEqualTo(client);
    }

    /** Where it cannot be told who is there, it is nobody that a key's networks could have in them. */
    @Test
    void proxiesHaveToAgreeForAKeyLimitedToNetworks() throws Exception {
        String key = limitedKey();

        assertThat(status(key)).as("the proxy's own").isEqualTo(200);
        assertThat(status(key, "X-Forwarded-For: 10.9.9.9")).isEqualTo(200);
        assertThat(status(key, "X-Forwarded-For: 198.51.100.7")).isEqualTo(401);
        assertThat(status(key, "X-Forwarded-For: 198.51.100.7", "Forwarded: for=203.0.113.9"))
                .isEqualTo(401);
        assertThat(status(key, "X-Forwarded-For: 198.51.100.7", "Forwarded: for=_x"))
                .isEqualTo(401);
        assertThat(status(key, "X-Forwarded-For: 198.51.100.7, unknown, 10.1.2.3"))
                .isEqualTo(401);
    }

    /** One header is what the proxy wrote, and the client has written the other, or the beginning of the same one. */
    static Stream<Arguments> thatDoNotAddUp() {
        String mine = "X-Forwarded-For: 10.9.9.9";
        return Stream.of(
                headers(mine, "Forwarded: x;;, for=198.51.100.7"),
                headers(mine, "Forwarded: x;;", "Forwarded: for=198.51.100.7"),
                headers(mine, "Forwarded: for=\"10.9.9.9, for=198.51.100.7"),
                headers(mine, "Forwarded: for=\"10.9.9.9", "Forwarded: for=\"[2001:db8::1]:1\""),
                headers(mine, "Forwarded: for=10.9.9.9;for=198.51.100.7"),
                headers(mine, "Forwarded: for=_hidden"),
                headers(mine, "Forwarded: for=unknown"),
                headers(mine, "Forwarded: by=10.1.2.3"),
                headers(mine, "Forwarded: "),
                headers(mine, "Forwarded: ,"),
                headers(mine, "Forwarded: for=\"[2001:db8::1]:4711\""),
                // The proxy's own address is what an unreadable header leaves over.
                headers("X-Forwarded-For: 127.0.0.1", "Forwarded: x;;"),
                headers("X-Forwarded-For: 127.0.0.1", "Forwarded: for=_hidden"),
                headers("X-Forwarded-For: junk", "Forwarded: for=127.0.0.1"),
                headers("X-Forwarded-For: junk", "Forwarded: for=10.9.9.9"),
                headers("X-Forwarded-For: 198.51.100.7", "Forwarded: for=10.9.9.9"),
                headers("X-Forwarded-For: 198.51.100.7", "X-Forwarded-For: 10.9.9.9", "Forwarded: for=10.8.8.8"),
                headers("Forwarded: x;;"),
                headers("Forwarded: for=10.9.9.9;" + "\"x"),
                headers("Forwarded: "),
                headers("X-Forwarded-For: "),
                headers("X-Forwarded-For: 10.9.9.9,"),
                headers("X-Forwarded-For: 10.9.9.9:x"),
                headers("X-Forwarded-For: 10.9.9.9 10.9.9.9"),
                headers("X-Forwarded-For: 10.9"),
                headers("X-Forwarded-For: 168364297"),
                headers("X-Forwarded-For: [::ffff:10.9.9.9]x"),
                headers("X-Forwarded-For: localhost"),
                headers("Forwarded: for=localhost"));
    }

    private static Arguments headers(String... headers) {
        return Arguments.of((Object) headers);
    }

    @ParameterizedTest
    @MethodSource("thatDoNotAddUp")
    void whatCannotBeReadIsNotTakenForAbsent(String[] headers) throws Exception {
        String key = limitedKey();
        assertThat(status(key)).isEqualTo(200);
        assertThat(status(key, headers)).isEqualTo(401);
    }

    /** Two that say the same, and the forms in which proxies write one address. */
    @Test
    void whatAddsUpIsBelieved() throws Exception {
        String key = limitedKey();
        assertThat(status(key, "X-Forwarded-For: 10.9.9.9", "Forwarded: for=10.9.9.9"))
                .isEqualTo(200);
        assertThat(status(key, "Forwarded: for=\"10.9.9.9:4711\";proto=https;by=_proxy"))
                .isEqualTo(200);
        assertThat(status(key, "Forwarded: for=\"10.9.9.9:_port\"")).isEqualTo(200);
        assertThat(status(key, "X-Forwarded-For: ::ffff:10.9.9.9")).isEqualTo(200);
        assertThat(status(key, "Forwarded: for=\"[::ffff:10.9.9.9]:4711\"")).isEqualTo(200);
        assertThat(status(key, "Forwarded: for=\"[2001:db8::1]:4711\"")).isEqualTo(401);
    }

    private static String limitedKey() {
        return behindProxies
                .admin()
                .post(
                        "/api/v2/keys",
                        "{\"name\": \"n\", \"scopes\": [\"read:vm\"], \"networks\": [\"127.0.0.0/8\", \"10.0.0.0/8\"]}")
                .json()
                .path("key")
                .asString();
    }

    private static int status(String key, String... headers) throws Exception {
        String[] withKey = Stream.concat(Stream.of("X-API-Key: " + key), Stream.of(headers))
                .toArray(String[]::new);
        try (RawHttp http = new RawHttp(behindProxies.uri())) {
            return http.request("GET", "/api/v2/vps", withKey).answer().status();
        }
    }

    @Test
    void aStrangerIsNotBelieved() throws Exception {
        for (TestServer server : new TestServer[] {direct, behindAnother}) {
            assertThat(client(server, "X-Forwarded-For: 198.51.100.7")).isEqualTo("127.0.0.1");
            assertThat(client(server, "X-Forwarded-For: 198.51.100.7, 127.0.0.2"))
                    .isEqualTo("127.0.0.1");
            assertThat(client(server, "Forwarded: for=198.51.100.7")).isEqualTo("127.0.0.1");
        }
    }

    private static @Nullable String transportSecurity(TestServer server, String... headers) throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            return http.request("GET", "/healthz", headers).answer().header("Strict-Transport-Security");
        }
    }

    @Test
    void aNamedProxySaysWhetherTheClientCameByTls() throws Exception {
        String client = "X-Forwarded-For: 198.51.100.7";

        assertThat(transportSecurity(behindProxies, client, "X-Forwarded-Proto: https"))
                .isEqualTo("max-age=31536000");
        assertThat(transportSecurity(behindProxies, client, "X-Forwarded-Proto: http, https"))
                .isNotNull();
        assertThat(transportSecurity(behindProxies, "Forwarded: for=198.51.100.7;proto=https"))
                .isNotNull();
        assertThat(transportSecurity(behindProxies, client)).isNull();
        assertThat(transportSecurity(behindProxies, client, "X-Forwarded-Proto: https, http"))
                .isNull();
        assertThat(transportSecurity(behindProxies, "Forwarded: for=198.51.100.7;proto=https, for=10.1.2.3"))
                .isNull();
        assertThat(transportSecurity(direct, client, "X-Forwarded-Proto: https"))
                .isNull();
    }
}
