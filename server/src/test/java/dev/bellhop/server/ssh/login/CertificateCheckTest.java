// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.sshkey.Certificate;
import dev.bellhop.server.sshkey.PublicKey;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a certificate is worth at one moment, from one address. */
@Tag("ssh")
class CertificateCheckTest {
    private static final long NOW = 1_800_000_000;
    private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.7");
    private static final byte[] NONE = {};
    private static final Map<String, byte[]> ALL = Map.of("permit-pty", NONE, "permit-port-forwarding", NONE);

    /** A string within an option's data. */
    private static byte[] text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(Integer.BYTES + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    private static Certificate certificate(
            boolean isForUser,
            List<String> principals,
            long after,
            long before,
            Map<String, byte[]> critical,
            Map<String, byte[]> extensions) {
        return new Certificate(
                new PublicKey("ssh-ed25519", "", null),
                1,
                isForUser,
                "ada",
                principals,
                after,
                before,
                critical,
                extensions,
                NONE,
                NONE,
                NONE);
    }

    private static Certificate with(Map<String, byte[]> critical) {
        return certificate(true, List.of("dev"), 0, -1, critical, ALL);
    }

    private static Optional<LoginTerms> check(Certificate certificate) {
        return CertificateCheck.check(certificate, Instant.ofEpochSecond(NOW), HERE);
    }

    @ParameterizedTest
    @CsvSource({
        "0, -1, true",
        "0, 0, false",
        "1800000000, 1800000001, true",
        "1800000001, -1, false",
        "0, 1800000000, false",
        "1799999999, 1800000000, false",
        "1800000000, 1800000000, false",
        // Numbers without a sign: far after now, both.
        "-1, -1, false",
        "-9223372036854775808, -1, false",
        "0, -9223372036854775808, true",
    })
    void itIsGoodFromItsFirstSecondToBeforeItsLast(long after, long before, boolean isGood) {
        assertThat(check(certificate(true, List.of("dev"), after, before, Map.of(), ALL))
                        .isPresent())
                .isEqualTo(isGood);
    }

    @Test
    void theLastInstantBeforeItEndsCounts() {
        Certificate certificate = certificate(true, List.of("dev"), NOW, NOW + 1, Map.of(), ALL);
        Instant end = Instant.ofEpochSecond(NOW + 1);
        assertThat(CertificateCheck.check(certificate, end.minusNanos(1), HERE)).isPresent();
        assertThat(CertificateCheck.check(certificate, end, HERE)).isEmpty();
    }

    @Test
    void oneOfAHostOrOfNobodyIsNone() {
        assertThat(check(certificate(true, List.of("dev"), 0, -1, Map.of(), ALL)))
                .isPresent();
        assertThat(check(certificate(false, List.of("dev"), 0, -1, Map.of(), ALL)))
                .isEmpty();
        assertThat(check(certificate(true, List.of(), 0, -1, Map.of(), ALL))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "192.0.2.7               | 192.0.2.7        | true",
                "192.0.2.7/32            | 192.0.2.7        | true",
                "192.0.2.0/24            | 192.0.2.255      | true",
                "192.0.2.0/24            | 192.0.3.0        | false",
                "192.0.2.8               | 192.0.2.7        | false",
                "10.0.0.0/8,192.0.2.7    | 192.0.2.7        | true",
                "10.0.0.0/8,fd00::/8     | fd00::1          | true",
                "2001:db8::/32           | 2001:db8::1      | true",
                "2001:db8::1             | 2001:db8:0:0::1  | true",
                "2001:db8::/32           | 2001:db9::1      | false",
                "2001:db8::/32           | 192.0.2.7        | false",
                "192.0.2.0/24            | 2001:db8::1      | false",
                // All of IPv4, or of IPv6.
                "0.0.0.0/0               | 192.0.2.7        | true",
                "0.0.0.0/0               | 2001:db8::1      | false",
                "::/0                    | 2001:db8::1      | true",
                "::/0                    | 192.0.2.7        | false",
                "0.0.0.0/0,::/0          | 2001:db8::1      | true",
                "10.0.0.0/8,0.0.0.0/0    | 192.0.2.7        | true",
                "192.0.2.0/0             | 192.0.2.7        | false",
                // A client of IPv4 at a socket of IPv6.
                "192.0.2.0/24            | ::ffff:192.0.2.7 | true",
                "::ffff:192.0.2.7        | 192.0.2.7        | true",
                "::ffff:192.0.2.0/120    | 192.0.2.7        | false",
                // One that is no address makes all of it worth nothing.
                "192.0.2.7,              | 192.0.2.7        | false",
                ",192.0.2.7              | 192.0.2.7        | false",
                "'192.0.2.7, 10.0.0.1'   | 192.0.2.7        | false",
                "192.0.2.7,!10.0.0.1     | 192.0.2.7        | false",
                "192.0.2.7,*             | 192.0.2.7        | false",
                "*                       | 192.0.2.7        | false",
                "localhost               | 127.0.0.1        | false",
                "192.0.2.7/24            | 192.0.2.7        | false",
                "192.0.2.0/33            | 192.0.2.7        | false",
                "192.0.2.0/-1            | 192.0.2.7        | false",
                "192.0.2.0/              | 192.0.2.7        | false",
                "192.0.2                 | 192.0.2.7        | false",
                "0xC0000207              | 192.0.2.7        | false",
            })
    void itIsGoodFromTheAddressesThatItNames(String sources, String from, boolean isGood) {
        assertThat(CertificateCheck.check(
                                with(Map.of("source-address", text(sources))),
                                Instant.ofEpochSecond(NOW),
                                InetAddress.ofLiteral(from))
                        .isPresent())
                .isEqualTo(isGood);
    }

    @Test
    void whoseAddressIsNotKnownComesFromNone() {
        Instant now = Instant.ofEpochSecond(NOW);
        assertThat(CertificateCheck.check(with(Map.of("source-address", text("192.0.2.0/24"))), now, null))
                .isEmpty();
        assertThat(CertificateCheck.check(with(Map.of()), now, null)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"source-address", "force-command"})
    void anOptionWithNothingInItIsNotGood(String option) {
        assertThat(check(with(Map.of(option, text(""))))).isEmpty();
        assertThat(check(with(Map.of(option, NONE)))).isEmpty();
        assertThat(check(with(Map.of(option, "192.0.2.7".getBytes(StandardCharsets.US_ASCII)))))
                .as("without its length")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify-required", "something@example.com", "Force-Command", "permit-pty", ""})
    void oneOfAnotherCriticalOptionIsNotGood(String option) {
        assertThat(check(with(Map.of(option, NONE)))).isEmpty();
        assertThat(check(with(Map.of(option, text("id"))))).isEmpty();
        Map<String, byte[]> beside = new HashMap<>(Map.of("source-address", text("192.0.2.7")));
        assertThat(check(with(beside))).isPresent();
        beside.put(option, text("id"));
        assertThat(check(with(beside))).isEmpty();
    }

    @Test
    void itsCommandIsAsItStandsThere() {
        assertThat(check(with(Map.of("force-command", text("  echo  \"$A\" ; id"))))
                        .orElseThrow()
                        .forcedCommand())
                .isEqualTo("  echo  \"$A\" ; id");
        assertThat(check(with(Map.of())).orElseThrow().forcedCommand()).isNull();
        assertThat(check(with(Map.of("force-command", text("id\0rm")))))
                .as("a NUL")
                .isEmpty();
        assertThat(check(with(Map.of("force-command", text("internal-sftp"))))
                        .orElseThrow()
                        .isSftpAlone())
                .isTrue();
    }

    @Test
    void whatItsExtensionsLeaveOutIsNotAllowed() {
        LoginTerms all = check(with(Map.of())).orElseThrow();
        assertThat(List.of(all.terminals(), all.forwarding())).containsExactly(true, true);
        for (Map<String, byte[]> extensions : List.<Map<String, byte[]>>of(
                Map.of(),
                Map.of("permit-pty", NONE),
                Map.of("permit-port-forwarding", NONE),
                Map.of("permit-x", NONE))) {
            LoginTerms terms = check(certificate(true, List.of("dev"), 0, -1, Map.of(), extensions))
                    .orElseThrow();
            assertThat(terms.terminals()).isEqualTo(extensions.containsKey("permit-pty"));
            assertThat(terms.forwarding()).isEqualTo(extensions.containsKey("permit-port-forwarding"));
        }
    }
}
