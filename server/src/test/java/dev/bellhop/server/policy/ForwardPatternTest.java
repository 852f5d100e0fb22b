// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardPatternTest {
    private static ForwardTarget target(String host, int port) {
        return ForwardTarget.of(host, port).orElseThrow();
    }

    private static boolean matches(String pattern, String host, int port) {
        return ForwardPattern.parse(pattern).orElseThrow().matches(target(host, port));
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:5432, localhost, 5432",
        "localhost:5432, LOCALHOST, 5432",
        "localhost:*, 127.0.0.1, 1",
        "localhost:*, 127.8.9.10, 65535",
        "localhost:*, ::1, 22",
        "localhost:*, ::ffff:127.0.0.1, 22",
        "127.0.0.1:22, 127.0.0.1, 22",
        "db.internal:5432, DB.internal, 5432",
        "*.internal:5432, db.internal, 5432",
        "*.internal:5432, a.b.internal, 5432",
        "10.0.0.0/8:80-90, 10.255.1.2, 90",
        "10.1.2.3/32:80, 10.1.2.3, 80",
        "0.0.0.0/0:80, 192.0.2.1, 80",
        "[fd00::/8]:*, fd12::1, 443",
        "[::1]:22, 0:0:0:0:0:0:0:1, 22",
        "*:443, example.org, 443",
        "*:*, 192.0.2.1, 7",
    })
    void thisMayBeReached(String pattern, String host, int port) {
        assertThat(matches(pattern, host, port)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:5432, localhost, 5433",
        "localhost:*, localhost.example, 22",
        "localhost:*, 128.0.0.1, 22",
        "localhost:*, 0.0.0.0, 22",
        "localhost:*, ::, 22",
        "localhost:*, ::2, 22",
        "127.0.0.1:22, localhost, 22",
        "127.0.0.1:22, 127.0.0.2, 22",
        "db.internal:5432, xdb.internal, 5432",
        "*.internal:5432, internal, 5432",
        "*.internal:5432, xinternal, 5432",
        "*.internal:5432, internal.example, 5432",
        "10.0.0.0/8:80-90, 11.0.0.1, 80",
        "10.0.0.0/8:80-90, 10.0.0.1, 91",
        "10.0.0.0/8:80-90, 10.0.0.1, 79",
        "10.0.0.0/8:80, ten.example, 80",
        "0.0.0.0/0:80, ::1, 80",
        "[::/0]:80, 192.0.2.1, 80",
        "[fd00::/8]:*, fe80::1, 443",
    })
    void thisMayNot(String pattern, String host, int port) {
        assertThat(matches(pattern, host, port)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                ":22",
                "localhost:",
                "localhost:0",
                "localhost:65536",
                "localhost:9-8",
                "localhost:1-2-3",
                "localhost:-",
                "localhost:**",
                "a b:22",
                "127.1:22",
                "010.0.0.1:22",
                "10.0.0.0/33:22",
                "10.0.0.0/:22",
                "10.0.0.0/-1:22",
                "fd00::1:22",
                "[fd00::/129]:22",
                "[fe80::1%eth0]:22",
                "[localhost]:22",
                "*x:22",
                "*.:22",
                "a*:22",
                "-a:22",
                "a..b:22",
                "*.127.0.0.1:22",
            })
    void thisIsNoPattern(String text) {
        assertThat(ForwardPattern.parse(text)).isEmpty();
    }

    /** A resolver takes some of these for addresses that patterns do not see. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "127.1",
                "2130706433",
                "0x7f000001",
                "0x7f.0.0.1",
                "a.0x7f",
                "127.0.0.01",
                "0177.0.0.1",
                "256.0.0.1",
                "1.2.3.4.5",
                "fe80::1%eth0",
                "[::1]",
                "a b",
                "a\nb",
                "a\0b",
                "ü.example",
                "a/b",
                "localhost.",
            })
    void thisIsNoHost(String host) {
        assertThat(ForwardTarget.of(host, 22)).isEmpty();
    }

    @Test
    void thePortIsOne() {
        assertThat(ForwardTarget.of("localhost", 0)).isEmpty();
        assertThat(ForwardTarget.of("localhost", 65_536)).isEmpty();
        assertThat(ForwardTarget.of("localhost", 65_535)).isPresent();
        assertThat(ForwardTarget.of("a".repeat(254), 1)).isEmpty();
    }

    @Test
    void theGuestIsAskedForWhatWasLookedAt() {
        assertThat(target("::FFFF:127.0.0.1", 22)).hasToString("127.0.0.1:22");
        assertThat(target("::1", 22)).hasToString("[0:0:0:0:0:0:0:1]:22");
        assertThat(target("Db.Internal", 22)).hasToString("db.internal:22");
        assertThat(target("Db.Internal", 22).hosts()).containsExactly("db.internal");
        assertThat(target("LocalHost", 22).hosts()).containsExactly("127.0.0.1", "::1");
    }

    @Test
    void aPolicyThatSaysNothingOfItForwardsNothing() {
        ForwardTarget target = target("localhost", 22);
        assertThat(new Policy(false, null, List.of(), false).forwardsTo(target)).isFalse();
        assertThat(new Policy(true, Set.of(), List.of(), false, null, List.of("localhost:22")).forwardsTo(target))
                .isTrue();
        assertThat(new Policy(false, null, List.of(), false, null, List.of()).forwardsTo(target))
                .isFalse();
    }
}
