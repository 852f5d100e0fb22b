// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.bellhop.server.limit.FairTurns;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However output is cut and whenever it is read, a secret in it is masked, and nothing else. */
class MaskerTest {
    private static final FairTurns.Share TURNS = new FairTurns(1).of("reader");

    private static Masker masking(String... secrets) {
        return new Masker(SecretMatcher.of(List.of(secrets)), null);
    }

    private static Masker patterns(String... patterns) {
        return new Masker(
                null, new LinePatterns(Stream.of(patterns).map(Pattern::compile).toList()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The first bytes of a stream, as they are when no more have been stored yet. */
    private static Masker.Source first(byte[] stream, int length) {
        return (offset, limit) -> {
            int from = (int) Math.min(offset, length);
            return Arrays.copyOfRange(stream, from, (int) Math.min(length, offset + limit));
        };
    }

    private static String whole(Masker masker, String text) {
        byte[] stream = bytes(text);
        byte[] masked = masker.whole(stream, true, TURNS);
        assertThat(masker.read(first(stream, stream.length), 0, stream.length + 1, true, TURNS))
                .isEqualTo(masked);
        return new String(masked, StandardCharsets.UTF_8);
    }

    /** What a follower gets who looks when so many bytes are there, then again at each of the other counts, and at the end. */
    private static byte[] followed(Masker masker, byte[] stream, int piece, int... counts) {
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        for (int count : counts) {
            readOn(masker, first(stream, count), piece, false, got);
        }
        readOn(masker, first(stream, stream.length), piece, true, got);
        return got.toByteArray();
    }

    private static void readOn(
            Masker masker, Masker.Source output, int piece, boolean ended, ByteArrayOutputStream got) {
        for (byte[] next = masker.read(output, got.size(), piece, ended, TURNS);
                next.length > 0;
                next = masker.read(output, got.size(), piece, ended, TURNS)) {
            got.writeBytes(next);
        }
    }

    private static void assertAllWindowsAgree(Masker masker, byte[] stream, int step) {
        byte[] masked = masker.whole(stream, true, TURNS);
        for (int from = 0; from <= stream.length; from += step) {
            for (int limit = 1; limit <= stream.length - from + 1; limit += step) {
                assertThat(masker.read(first(stream, stream.length), from, limit, true, TURNS))
                        .isEqualTo(Arrays.copyOfRange(masked, from, Math.min(stream.length, from + limit)));
            }
        }
    }

    @Test
    void aSecretIsMaskedWhereverItStands() {
        Masker masker = masking("hunter2", "zwölf");
        assertThat(whole(masker, "hunter2")).isEqualTo("*******");
        assertThat(whole(masker, "hunter2 a hunter2hunter2 hunter")).isEqualTo("******* a ************** ******");
        assertThat(whole(masker, "um zwölf, hunte, Hunter2\n")).isEqualTo("um ******, hunte, Hunter2\n");
        assertThat(whole(masker, "")).isEmpty();
    }

    @Test
    void secretsThatOverlapAreMaskedAsOne() {
        Masker masker = masking("abcabc", "bcab", "cdef", "abcabcabcX");
        assertThat(whole(masker, "-abcabcdef-")).isEqualTo("-*********-");
        assertThat(whole(masker, "-abcabcab-")).isEqualTo("-********-");
        assertThat(whole(masker, "-abcab-")).isEqualTo("-a****-");
        assertThat(whole(masking("aaaa"), "aaa-aaaa-aaaaaaa")).isEqualTo("aaa-****-*******");
    }

    @Test
    void blanksAroundASecretAndLinesOfOneDoNotHideIt() {
        Masker masker = masking("  hunter2\n", "-----BEGIN\n  first line\r\n{\nsecond-line\n}\n");
        assertThat(whole(masker, "a hunter2b")).isEqualTo("a *******b");
        assertThat(whole(masker, "x second-line\n{ first line }")).isEqualTo("x ***********\n{ ********** }");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "ab", "abc", "user:"})
    void base64OfASecretIsMaskedWhateverStandsBeforeIt(String before) {
        for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
            for (String secret : List.of("hunter2", "~~~???~~~", "1234")) {
                String encoded = encoder.encodeToString(bytes(before + secret + "\n"));
                String masked = whole(masking(secret), "x " + encoded + "\n");
                int hidden = (int) masked.chars().filter(c -> c == '*').count();
                assertThat(hidden).as(masked).isGreaterThanOrEqualTo(8 * secret.length() / 6 - 1);
            }
        }
    }

    @Test
    void anEndThatMayBeASecretCutOffIsMasked() {
        Masker masker = masking("hunter2hunter3");
        assertThat(whole(masker, "hunter2hun")).isEqualTo("**********");
        assertThat(whole(masker, "hunt")).isEqualTo("****");
        assertThat(whole(masker, "hun")).isEqualTo("hun");
    }

    @Test
    void aSecretThatComesInTwoPartsIsMaskedWhereverItIsCut() {
        byte[] stream = bytes("hunter2 and hunterhunter2, two\nlines--hunter2");
        Masker masker = masking("hunter2", "two\nlines--hunt");
        byte[] masked = masker.whole(stream, true, TURNS);
        assertThat(new String(masked, StandardCharsets.UTF_8))
                .isEqualTo("******* and hunter*******, ******************");
        for (int first = 0; first <= stream.length; first++) {
            for (int second = first; second <= stream.length; second++) {
                for (int piece : new int[] {1, 5, 100}) {
                    assertThat(followed(masker, stream, piece, first, second)).isEqualTo(masked);
                }
            }
        }
        assertAllWindowsAgree(masker, stream, 1);
    }

    @Test
    void whatCannotBeASecretIsNotHeldBack() {
        Masker masker = masking("hunter2");
        byte[] stream = bytes("password: hunt");
        assertThat(masker.read(first(stream, 10), 0, 100, false, TURNS)).hasSize(10);
        assertThat(masker.read(first(stream, 11), 0, 100, false, TURNS)).hasSize(10);
        assertThat(masker.read(first(stream, 14), 0, 100, false, TURNS)).hasSize(10);
        assertThat(masker.read(first(stream, 14), 12, 100, false, TURNS)).isEmpty();
        assertThat(masker.whole(stream, false, TURNS)).hasSize(10);
    }

    @Test
    void aLargeReadTakesATurnAndASmallOneDoesNot() throws Exception {
        byte[] stream = new byte[100_000];
        FairTurns turns = new FairTurns(1);
        FairTurns.Share other = turns.of("other");
        other.enter();
        Masker masker = masking("hunter2");
        assertThat(masker.read(first(stream, 1000), 0, 1000, true, turns.of("reader")))
                .hasSize(1000);
        var large = CompletableFuture.supplyAsync(
                () -> masker.read(first(stream, stream.length), 0, stream.length, true, turns.of("reader")));
        assertThatThrownBy(() -> large.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        other.leave();
        assertThat(large.get(20, TimeUnit.SECONDS)).hasSize(stream.length);
    }

    @Test
    void aPositionFarBeyondTheEndIsEmpty() {
        for (long from : new long[] {100, Long.MAX_VALUE / 2, Long.MAX_VALUE}) {
            assertThat(masking("hunter2").read(first(bytes("hunter"), 6), from, 1 << 20, false, TURNS))
                    .isEmpty();
        }
    }

    /** Few letters, so that there are many secrets that begin, end and stand in each other. */
    @Test
    void randomOutputIsMaskedAsASimpleSearchWould() {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            String[] secrets = new String[1 + random.nextInt(5)];
            for (int i = 0; i < secrets.length; i++) {
                secrets[i] = letters(random, 4 + random.nextInt(6));
            }
            byte[] stream = bytes(letters(random, random.nextInt(60)));
            Masker masker = masking(secrets);
            byte[] masked = masker.whole(stream, true, TURNS);
            byte[] simple = simplyMasked(stream, secrets);
            // But for the end, which may be a secret that was cut off.
            int open = Math.min(stream.length, 9);
            assertThat(Arrays.copyOf(masked, stream.length - open))
                    .isEqualTo(Arrays.copyOf(simple, stream.length - open));
            assertAllWindowsAgree(masker, stream, 1 + random.nextInt(3));
            int one = random.nextInt(stream.length + 1);
            int two = one + random.nextInt(stream.length - one + 1);
            assertThat(followed(masker, stream, 1 + random.nextInt(20), one, two))
                    .isEqualTo(masked);
        }
    }

    private static String letters(Random random, int count) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < count; i++) {
            letters.append(random.nextInt(4) == 0 ? 'b' : 'a');
        }
        return letters.toString();
    }

    private static byte[] simplyMasked(byte[] stream, String... secrets) {
        String text = new String(stream, StandardCharsets.ISO_8859_1);
        byte[] masked = stream.clone();
        for (String secret : secrets) {
            for (int at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
                Arrays.fill(masked, at, at + secret.length(), (byte) '*');
            }
        }
        return masked;
    }

    @Test
    void thousandsOfLiteralsAreFoundInOnePass() {
        StringBuilder secret = new StringBuilder();
        for (int i = 0; i < 1500; i++) {
            secret.append("line-").append(10_000 + i).append('\n');
        }
        byte[] stream = bytes("line-10007 x line-11499 ".repeat(100_000));
        byte[] masked = masking(secret.toString(), "a".repeat(5000)).whole(stream, true, TURNS);
        assertThat(new String(masked, 0, 24, StandardCharsets.UTF_8)).isEqualTo("********** x ********** ");
    }

    @Test
    void aPatternIsMaskedInEachLine() {
        Masker masker = patterns("token=[a-z0-9]+", "^ab$", "ü+");
        assertThat(whole(masker, "x token=a1\ntoken=\nab\r\nabc\nüü token=1"))
                .isEqualTo("x ********\ntoken=\n**\r\nabc\n**** *******");
        assertThat(whole(patterns("a.b", "a\\sb"), "a\nb")).isEqualTo("a\nb");
        assertThat(whole(patterns("x*"), "axxa")).isEqualTo("a**a");
    }

    @ParameterizedTest
    @ValueSource(ints = {0x80, 0xBF, 0xC0, 0xC3, 0xE9, 0xED, 0xF0, 0xF8, 0xFF})
    void bytesThatAreNoTextHideNothing(int other) {
        byte[] stream = bytes("? key-1??key-2 ?");
        byte[] expected = bytes("? *****??***** ?");
        for (int i = 0; i < stream.length; i++) {
            if (stream[i] == '?') {
                stream[i] = (byte) other;
                expected[i] = (byte) other;
            }
        }
        assertThat(patterns("[kx]ey-[0-9]").whole(stream, true, TURNS)).isEqualTo(expected);
    }

    @Test
    void aLineThatMayYetHoldAMatchIsHeldBack() {
        Masker masker = patterns("key-[0-9]{3}");
        byte[] stream = bytes("one\ntwo key-1");
        assertThat(masker.read(first(stream, stream.length), 0, 100, false, TURNS))
                .hasSize(4);
        byte[] line = bytes("x".repeat(5000));
        assertThat(masker.read(first(line, 5000), 0, 10_000, false, TURNS)).hasSize(5000 - LinePatterns.REACH);
    }

    @Test
    void inLinesOfAnyLengthAPatternIsMaskedWhereverItIsCut() {
        Random random = new Random(7);
        Pattern pattern = Pattern.compile("key-[0-9]{1,6}");
        for (int round = 0; round < 15; round++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < 20_000) {
                text.append(random.nextInt(100) < 97 ? "filler ".repeat(random.nextInt(8)) : "ü\n".repeat(round % 3));
                text.append(random.nextInt(3) == 0 ? "key-" + random.nextInt(1_000_000) : "key- 7");
            }
            byte[] stream = bytes(text.toString());
            Masker masker = patterns(pattern.pattern());
            byte[] masked = masker.whole(stream, true, TURNS);
            byte[] simple = stream.clone();
            Matcher matcher = pattern.matcher(stream);
            while (matcher.find()) {
                Arrays.fill(simple, matcher.start(), matcher.end(), (byte) '*');
            }
            assertThat(masked).isEqualTo(simple);
            for (int i = 0; i < 100; i++) {
                int from = random.nextInt(stream.length);
                int limit = 1 + random.nextInt(i % 2 == 0 ? 30 : 10_000);
                assertThat(masker.read(first(stream, stream.length), from, limit, true, TURNS))
                        .isEqualTo(Arrays.copyOfRange(masked, from, Math.min(stream.length, from + limit)));
            }
            int[] counts = random.ints(40, 0, stream.length).sorted().toArray();
            assertThat(followed(masker, stream, 1 + random.nextInt(9000), counts))
                    .isEqualTo(masked);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eda080",
                "e08080",
                "f0808080",
                "f4908080",
                "c080",
                "f8",
                "e282",
                "c3a4e282acf09fa68a",
                "eda0bdedb080"
            })
    void whateverBytesStandBeforeAMatchAloneIsMasked(String before) {
        byte[] odd = HexFormat.of().parseHex(before);
        byte[] stream = new byte[odd.length + 3];
        System.arraycopy(odd, 0, stream, 0, odd.length);
        stream[odd.length] = 'x';
        stream[odd.length + 1] = 'y';
        stream[odd.length + 2] = 'z';
        byte[] masked = stream.clone();
        masked[odd.length + 1] = '*';
        assertThat(patterns("y").whole(stream, true, TURNS)).isEqualTo(masked);
    }

    /** Where nothing is found, this looks at all of the line again from each of its characters. */
    @Test
    void whatAPatternWouldTakeVeryLongForIsMasked() {
        Masker masker = patterns("(?:.*(?:a?){400}b)?");
        byte[] stream = bytes("a".repeat(3000) + "\n" + "a".repeat(6000) + "\n".repeat(4000) + "last\n");
        byte[] masked = masker.whole(stream, true, TURNS);
        int seen = 3 * LinePatterns.BLOCK;
        assertThat(new String(masked, StandardCharsets.UTF_8))
                .isEqualTo("*".repeat(seen) + "\n".repeat(13_001 - seen) + "last\n");
        assertThat(masker.read(first(stream, stream.length), 3500, 1000, true, TURNS))
                .as("the same from wherever it is read")
                .isEqualTo(Arrays.copyOfRange(masked, 3500, 4500));
    }

    /** Each digit is a match, and most patterns that an account may have find nothing among them. */
    @Test
    void manyMatchesAndManyPatternsAreNotTooMuch() {
        String line = "0123456789".repeat(600) + "ä€🦊.";
        assertThat(whole(patterns("[0-9]", "(?:a?){450}b", ".{0,18}X"), line)).isEqualTo("*".repeat(6000) + "ä€🦊.");
    }

    @Test
    void secretsAndPatternsAreMaskedTogether() {
        Masker both = new Masker(
                SecretMatcher.of(List.of("hunter2")), new LinePatterns(List.of(Pattern.compile("\\bpin [0-9]+"))));
        byte[] stream = bytes("pin 12hunter2\n" + "x".repeat(9000) + "hunter2 pin 99 pin 1");
        byte[] masked = both.whole(stream, true, TURNS);
        assertThat(new String(masked, StandardCharsets.UTF_8))
                .isEqualTo("*************\n" + "x".repeat(9000) + "******* ****** *****");
        assertThat(followed(both, stream, 700, 3, 9, 15, 9020, 9030)).isEqualTo(masked);
    }
}
