// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whose connection goes where there is no room for all: in a server that holds eight, and four of one address. */
@Timeout(60)
class ConnectionsTest {
    private static final int ALL = 8;
    private static final int PER_ADDRESS = 4;

    @TempDir
    private Path folder;

    private final List<RawHttp> open = new ArrayList<>();
    private TestServer server;

    @AfterEach
    void stop() throws IOException {
        for (RawHttp http : open) {
            http.close();
        }
        server.close();
    }

    @BeforeEach
    void start() {
        server = serverBehind();
        // Its address is known from now on, and it is what counts are asked by.
        assertThat(server.admin().get("/api/v2/keys").status()).isEqualTo(200);
    }

    private TestServer serverBehind(String... proxies) {
        return TestServer.in(folder)
                .vm(1, folder.resolve("none.sock"))
                .connections(ALL, PER_ADDRESS)
                .proxies(proxies)
                .start();
    }

    private RawHttp connect(int address) throws IOException {
        RawHttp http = new RawHttp(server.uri(), InetAddress.ofLiteral("127.0.0." + address));
        open.add(http);
        return http;
    }

    private void ask(RawHttp http, String... headers) throws IOException {
        http.send("GET /healthz HTTP/1.1\r\nHost: a\r\n" + String.join("", headers) + "\r\n");
        http.upTo("\"ready\":true}");
    }

    /** On a connection of its own, which stays open. */
    private RawHttp stranger(int address) throws IOException {
        RawHttp http = connect(address);
        ask(http);
        return http;
    }

    private RawHttp withKey(int address) throws IOException {
        RawHttp http = connect(address);
        askWithKey(http);
        return http;
    }

    private void askWithKey(RawHttp http) throws IOException {
        http.send("GET /api/v2/keys HTTP/1.1\r\nHost: a\r\nX-API-Key: " + server.adminKey() + "\r\n\r\n");
        assertThat(http.upTo("]}")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void forOneMoreOfAnAddressItsOwnOldestGoes() throws Exception {
        RawHttp other = stranger(3);
        RawHttp first = stranger(2);
        RawHttp second = stranger(2);
        stranger(2);
        stranger(2);
        ask(first);
        stranger(2);

        assertThat(second.isDropped()).as("the others were used since").isTrue();
        ask(first);
        ask(other);
    }

    @Test
    void silentConnectionsGoBeforeThoseThatSaySomething() throws Exception {
        RawHttp silent = connect(2);
        RawHttp talks = stranger(2);
        stranger(2);
        stranger(2);
        ask(talks);
        stranger(2);

        assertThat(silent.isDropped()).isTrue();
        ask(talks);
    }

    @Test
    void strangersAtItsAddressDoNotTakeAKeysConnection() throws Exception {
        RawHttp keyed = withKey(2);
        for (int i = 0; i < 2 * PER_ADDRESS; i++) {
            stranger(2);
        }

        askWithKey(keyed);
        askWithKey(withKey(2));
    }

    @Test
    void whatAKeyHasShownHoldsUntilTheNextRequest() throws Exception {
        RawHttp keyed = withKey(2);
        ask(keyed);
        for (int i = 0; i < PER_ADDRESS; i++) {
            stranger(2);
        }

        assertThat(keyed.isDropped()).isTrue();
    }

    @Test
    void strangersTakeEachOthersPlacesAndNotTheReserve() throws Exception {
        RawHttp keyed = withKey(2);
        List<RawHttp> strangers = new ArrayList<>();
        for (int address = 10; address < 30; address++) {
            strangers.add(stranger(address));
        }

        int theirs = ALL - ALL / 4;
        for (RawHttp gone : strangers.subList(0, strangers.size() - theirs)) {
            assertThat(gone.isDropped()).isTrue();
        }
        for (RawHttp kept : strangers.subList(strangers.size() - theirs, strangers.size())) {
            ask(kept);
        }
        askWithKey(keyed);
        askWithKey(withKey(2));
    }

    /** Nobody has seen its address, and it comes when strangers have all that they may. */
    @Test
    void aKeyFromANewAddressIsServed() throws Exception {
        for (int address = 10; address < 30; address++) {
            stranger(address);
        }

        RawHttp keyed = withKey(2);
        for (int address = 10; address < 30; address++) {
            stranger(address);
        }
        askWithKey(keyed);
    }

    @Test
    void forOneWhoIsKnownAStrangerGoes() throws Exception {
        withKey(2);
        RawHttp stranger = stranger(10);
        for (int address = 11; address < 16; address++) {
            stranger(address);
        }
        assertThat(count()).as("with the one that asks").isEqualTo(ALL);

        withKey(2);
        assertThat(stranger.isDropped()).isTrue();
    }

    /** The server is at work on what they asked for, so a newcomer is turned away and they are not. */
    @Test
    void connectionsThatAreServedStay() throws Exception {
        for (int i = 0; i < PER_ADDRESS; i++) {
            follow(connect(2), 60);
        }
        await().until(() -> metric("bellhop_followers") == PER_ADDRESS);

        assertThat(connect(2).isDropped()).isTrue();
        assertThat(metric("bellhop_connections_refused_total")).isEqualTo(1);
        assertThat(metric("bellhop_followers")).isEqualTo(PER_ADDRESS);
        ask(stranger(3));
    }

    /** They were passed over when one was looked for, and must not be forgotten for that. */
    @Test
    void aConnectionThatWasServedMayGoAgain() throws Exception {
        RawHttp stays = connect(2);
        follow(stays, 60);
        List<RawHttp> served = new ArrayList<>();
        for (int i = 1; i < PER_ADDRESS; i++) {
            RawHttp http = connect(2);
            follow(http, 2);
            served.add(http);
        }
        await().until(() -> metric("bellhop_followers") == PER_ADDRESS);
        assertThat(connect(2).isDropped()).isTrue();
        for (RawHttp http : served) {
            http.upTo("}");
        }

        // A client may have its answer a moment before the server is done with it.
        await().ignoreExceptionsMatching(IOException.class::isInstance).until(() -> {
            stranger(2);
            return true;
        });
        int gone = 0;
        for (RawHttp http : served) {
            gone += isServedNoMore(http) ? 1 : 0;
        }
        assertThat(gone).isEqualTo(1);
        assertThat(metric("bellhop_followers")).isEqualTo(1);
    }

    private void follow(RawHttp http, int seconds) throws IOException {
        http.send("GET /api/v2/vps/1/availability?wait=" + seconds + " HTTP/1.1\r\nHost: a\r\nX-API-Key: "
                + server.adminKey() + "\r\n\r\n");
    }

    private boolean isServedNoMore(RawHttp http) {
        try {
            ask(http);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aNamedProxyHasNoLimitOfItsOwn() throws Exception {
        server.close();
        server = serverBehind("127.0.0.2");
        RawHttp first = stranger(2);
        for (int i = 2; i < ALL; i++) {
            stranger(2);
        }

        assertThat(count()).isEqualTo(ALL);
        ask(first);
        ask(stranger(2));
        ask(stranger(3));
    }

    @Test
    void connectionsThatAreClosedAreNotCounted() throws Exception {
        for (int i = 0; i < 3 * ALL; i++) {
            try (RawHttp http = new RawHttp(server.uri(), InetAddress.ofLiteral("127.0.0.2"))) {
                ask(http);
            }
        }
        await().until(() -> count() == 1);
    }

    /** With the one by which it is asked. */
    private long count() {
        return metric("bellhop_connections");
    }

    private long metric(String name) {
        return server.scraper()
                .get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }
}
