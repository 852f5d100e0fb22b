// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.masking.Masker;
import dev.bellhop.server.masking.Maskers;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.masking.MemoryMaskStore;
import dev.bellhop.server.tenant.Tenant;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MaskedLinesTest {
    private static final FairTurns.Share TURNS = new FairTurns(1).of("reader");

    private static final String HEADER = "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24}}\n";

    private static Masker masker(String pattern) {
        Masks masks = new Masks(new MemoryMaskStore(new MemoryAuditStore()));
        masks.put(Tenant.operator(), new Mask("m", pattern), Precondition.none(), () -> {});
        return Objects.requireNonNull(new Maskers(masks).of(Map.of(), Tenant.operator()));
    }

    private static String all(@Nullable Masker masker, String... pieces) {
        MaskedLines lines = new MaskedLines(masker, TURNS);
        StringBuilder shown = new StringBuilder();
        for (String piece : pieces) {
            shown.append(text(lines.add(piece.getBytes(StandardCharsets.UTF_8))));
        }
        return shown.append(text(lines.end())).toString();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void whatHidesNothingChangesNothing() {
        List<String> pieces = List.of(
                HEADER + "[0.001,\"o\",\"grüße \\u001b[1m\\r\\n\"]\n",
                "[12.000,\"r\",\"100x30\"]\n[0.100,\"m\",\"here\"]\n",
                "[0.000,\"o\",\"🙂\"]\n[1.500,\"x\",\"7\"]\n");
        assertThat(all(masker("never there"), pieces.toArray(String[]::new))).isEqualTo(String.join("", pieces));
        assertThat(all(null, pieces.toArray(String[]::new))).isEqualTo(String.join("", pieces));
    }

    @Test
    void aSecretIsHiddenHoweverItWasCutIntoEvents() {
        assertThat(all(
                        masker("sk-[a-z]+"),
                        HEADER + "[0.001,\"o\",\"key s\"]\n[0.002,\"o\",\"k-ab\"]\n",
                        "[0.003,\"r\",\"90x20\"]\n[0.004,\"o\",\"cd, done\\r\\n\"]\n"))
                .isEqualTo(HEADER
                        + "[0.001,\"o\",\"key *\"]\n[0.002,\"o\",\"****\"]\n[0.003,\"r\",\"90x20\"]\n"
                        + "[0.004,\"o\",\"**, done\\r\\n\"]\n");
    }

    @Test
    void whatMayBeTheBeginningOfASecretIsHeldBackWithAllThatFollows() {
        MaskedLines lines = new MaskedLines(masker("secret"), TURNS);
        assertThat(text(lines.add(
                        (HEADER + "[0.001,\"o\",\"line\\r\\n\"]\n[0.002,\"o\",\"sec\"]\n[0.003,\"r\",\"9x9\"]\n")
                                .getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(HEADER + "[0.001,\"o\",\"line\\r\\n\"]\n");
        assertThat(text(lines.add("[0.004,\"o\",\"ret\\r\\n\"]\n".getBytes(StandardCharsets.UTF_8))))
                .isEqualTo("[0.002,\"o\",\"***\"]\n[0.003,\"r\",\"9x9\"]\n[0.004,\"o\",\"***\\r\\n\"]\n");
    }

    @Test
    void whatWasTypedIsLeftOutAndTheTimesStay() {
        assertThat(all(
                        null,
                        HEADER + "[1.000,\"o\",\"Password: \"]\n[0.250,\"i\",\"hunter2\"]\n[0.250,\"i\",\"\\r\"]\n",
                        "[0.500,\"o\",\"\\r\\n\"]\n[1.000,\"x\",\"0\"]\n"))
                .isEqualTo(HEADER + "[1.000,\"o\",\"Password: \"]\n[1.000,\"o\",\"\\r\\n\"]\n[1.000,\"x\",\"0\"]\n");
    }

    /** While a prompt waits, anybody may pull at a window. */
    @Test
    void sizesThatFollowEachOtherAreNotAllHeldBack() {
        MaskedLines lines = new MaskedLines(masker("secret"), TURNS);
        StringBuilder shown = new StringBuilder(
                text(lines.add((HEADER + "[0.000,\"o\",\"sec\"]\n").getBytes(StandardCharsets.UTF_8))));
        for (int i = 0; i < 5_000; i++) {
            shown.append(
                    text(lines.add(("[0.001,\"r\",\"80x" + (20 + i % 9) + "\"]\n").getBytes(StandardCharsets.UTF_8))));
        }
        shown.append(text(lines.add("[0.001,\"o\",\"tion\\r\\n\"]\n".getBytes(StandardCharsets.UTF_8))));
        List<String> all = shown.toString().lines().toList();
        assertThat(all).hasSizeLessThan(1_100);
        assertThat(all.get(all.size() - 2)).contains("\"80x" + (20 + 4_999 % 9) + "\"");
        assertThat(all.getLast()).isEqualTo("[0.001,\"o\",\"tion\\r\\n\"]");
        double seconds = all.stream()
                .skip(1)
                .mapToDouble(line -> Double.parseDouble(line.substring(1, line.indexOf(','))))
                .sum();
        assertThat(seconds).isCloseTo(5.001, within(0.0001));
    }

    @Test
    void longOutputIsMaskedAsItIsInOnePiece() {
        StringBuilder expected = new StringBuilder();
        MaskedLines lines = new MaskedLines(masker("secret"), TURNS);
        StringBuilder shown = new StringBuilder(text(lines.add(HEADER.getBytes(StandardCharsets.UTF_8))));
        for (int i = 0; i < 20_000; i++) {
            String line = i % 7 == 0 ? "a secret, ü\\r\\n" : "nothing\\r\\n";
            expected.append(line.replace("secret", "******"));
            int cut = Math.floorMod(i * 31, 5) + 1;
            shown.append(text(lines.add(("[0.000,\"o\",\"" + line.substring(0, cut) + "\"]\n[0.000,\"o\",\""
                            + line.substring(cut) + "\"]\n")
                    .getBytes(StandardCharsets.UTF_8))));
        }
        shown.append(text(lines.end()));
        assertThat(shown.toString()
                        .replace(HEADER, "")
                        .replace("[0.000,\"o\",\"", "")
                        .replace("\"]\n", ""))
                .isEqualTo(expected.toString());
    }
}
