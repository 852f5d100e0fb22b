// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.sshkey.PublicKeyTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("ssh")
class KeyFileTest {
    private static final String KEY = PublicKeyTest.ED25519;
    private static final String FINGERPRINT = PublicKeyTest.FINGERPRINT;
    private static final String OTHER = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAAABBA==";

    private static KeyFile file(String content) {
        return KeyFile.parse(content.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String text(KeyFile file) {
        return new String(file.bytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void whatIsNotChangedStaysByteForByte() {
        String odd = "# comment \u00ff\r\n\n\t" + OTHER + " \u00fe\n  not a key\n";
        KeyFile file = file(odd);

        assertThat(text(file)).isEqualTo(odd);
        assertThat(text(file.with(KEY))).isEqualTo(odd + KEY + "\n");
        assertThat(text(file.with(KEY).without(FINGERPRINT))).isEqualTo(odd);
        assertThat(text(file(KEY + " a\n" + odd + KEY + " b\n").without(FINGERPRINT)))
                .isEqualTo(odd);
    }

    @Test
    void aLastLineWithoutItsEndGetsOne() {
        assertThat(text(file("# x").with(KEY))).isEqualTo("# x\n" + KEY + "\n");
        assertThat(text(file("").with(KEY))).isEqualTo(KEY + "\n");
        assertThat(text(file(OTHER + "\n" + KEY).without(FINGERPRINT))).isEqualTo(OTHER + "\n");
    }

    @Test
    void keysAreFoundBehindTheirOptions() {
        String options =
                "from=\"10.0.0.0/8,*.example\",command=\"echo \\\"a b\\\", c\",no-pty,expiry-time=\"20961231Z\"";
        KeyLine key = file(options + " " + KEY + " ada\n").keys().getFirst();

        assertThat(key.options())
                .containsExactly(
                        "from=\"10.0.0.0/8,*.example\"",
                        "command=\"echo \\\"a b\\\", c\"",
                        "no-pty",
                        "expiry-time=\"20961231Z\"");
        assertThat(key.hasOwnOptions()).isTrue();
        assertThat(key.shown(ZoneOffset.UTC))
                .isEqualTo(new AuthorizedKey(FINGERPRINT, "ssh-ed25519", "ada", Instant.parse("2096-12-31T00:00:00Z")));
    }

    @ParameterizedTest
    @CsvSource({
        "20260131Z, 2026-01-31T00:00:00Z",
        "202601310930Z, 2026-01-31T09:30:00Z",
        "20260131093015Z, 2026-01-31T09:30:15Z",
        "20260131, 2026-01-30T23:00:00Z",
        "20260131093015, 2026-01-31T08:30:15Z"
    })
    void aTimeWithoutAZoneIsTheGuests(String option, Instant expiry) {
        KeyLine key = file("Expiry-Time=\"" + option + "\" " + KEY).keys().getFirst();

        assertThat(key.shown(ZoneOffset.ofHours(1)).expiresAt()).isEqualTo(expiry);
        assertThat(key.hasOwnOptions()).isFalse();
    }

    @Test
    void aTimeThatThereIsNotIsNone() {
        KeyLine key = file("expiry-time=\"20261331\" " + KEY).keys().getFirst();

        assertThat(key.shown(ZoneOffset.UTC).expiresAt()).isNull();
    }

    @Test
    void whatIsWrittenIsReadAsTheSame() {
        Instant expiry = Instant.parse("2026-01-31T09:30:15Z");

        assertThat(KeyExpiry.inUtc(expiry)).isEqualTo("expiry-time=\"20260131093015Z\"");
        assertThat(KeyExpiry.parse(KeyExpiry.inUtc(expiry), ZoneOffset.MAX)).contains(expiry);
    }

    @Test
    void whatIsNoKeyIsNotListed() {
        for (String line : List.of(
                "", "#" + KEY, "ssh-rsa " + PublicKeyTest.BASE64, "ssh-ed25519 AAAA", "no-pty", "\"" + KEY, "a b c")) {
            assertThat(file(line).keys()).as(line).isEmpty();
        }
    }

    @Test
    void aCommentShowsNoneOfWhatATerminalObeys() {
        assertThat(file(KEY + " a\u001b[2Jb").keys().getFirst().comment()).isEqualTo("a\\u001B[2Jb");
    }

    @ParameterizedTest
    @CsvSource({"10.0, true, true", "9.1, true, true", "9.0, true, false", "7.7, true, false", "7.6, false, false"})
    void versionsAreComparedAsNumbers(String version, boolean expiry, boolean utc) {
        SshVersion parsed = SshVersion.parse(version).orElseThrow();

        assertThat(parsed.isAtLeast(SshVersion.EXPIRY)).isEqualTo(expiry);
        assertThat(parsed.isAtLeast(SshVersion.EXPIRY_IN_UTC)).isEqualTo(utc);
    }
}
