// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.terminal.TerminalModes;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestedModesTest {
    private static ByteBuffer modes(int... codesAndValues) {
        ByteBuffer encoded = ByteBuffer.allocate(codesAndValues.length / 2 * 5 + 1);
        for (int i = 0; i < codesAndValues.length; i += 2) {
            encoded.put((byte) codesAndValues[i]).putInt(codesAndValues[i + 1]);
        }
        return encoded;
    }

    private static String read(int... codesAndValues) {
        TerminalModes read = RequestedModes.read(modes(codesAndValues).array());
        return Objects.requireNonNull(read).text();
    }

    @Test
    void modesHaveTheNumbersOfLinux() {
        // ICRNL on, IXON off, IUTF8 on; ONLCR off; CS8 and PARENB on; ECHO off, ECHOKE on.
        assertThat(read(36, 1, 38, 0, 42, 1, 72, 0, 91, 1, 92, 1, 53, 0, 61, 1))
                .isEqualTo("1024 16640 4 0 0 304 8 2048");
    }

    @Test
    void aLaterModeWins() {
        assertThat(read(53, 0, 53, 1)).isEqualTo("0 0 0 0 0 0 0 8");
        assertThat(read(90, 1, 91, 1, 90, 0)).isEqualTo("0 0 0 0 32 16 0 0");
    }

    @Test
    void charactersHaveTheIndexesOfLinuxAndCanBeOff() {
        // VINTR, VERASE, VEOL, VEOL2, VWERASE, VDISCARD; VSUSP off.
        assertThat(read(1, 3, 3, 8, 6, 1, 7, 2, 13, 23, 18, 15, 10, 255))
                .isEqualTo("0 0 0 0 0 0 0 0 0:3 2:8 10:0 11:1 13:15 14:23 16:2");
    }

    @Test
    void theSpeedIsOneOfLinux() {
        assertThat(read(128, 38_400, 129, 9_600)).isEqualTo("0 0 0 0 4098 13 0 0");
        assertThat(read(129, 115_200)).isEqualTo("0 0 0 0 13 4098 0 0");
        assertThat(RequestedModes.read(modes(128, 12_345, 129, 0).array())).isNull();
    }

    @Test
    void opcodesThatLinuxHasNoModeForAreIgnored() {
        assertThat(RequestedModes.read(
                        modes(11, 25, 15, 1, 17, 20, 99, 1, 127, 1).array()))
                .isNull();
    }

    @Test
    void readingStopsWhereTheOpcodesEnd() {
        assertThat(read(53, 0, 0, 0, 38, 0)).isEqualTo("0 0 0 0 0 0 8 0");
        assertThat(read(53, 0, 160, 0, 38, 0)).isEqualTo("0 0 0 0 0 0 8 0");
        assertThat(RequestedModes.read(new byte[0])).isNull();
        assertThat(RequestedModes.read(new byte[] {53, 0, 0, 0})).isNull();
    }

    @Test
    void anyBytesGiveAShortText() {
        Random random = new Random(4254);
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = new byte[random.nextInt(3_000)];
            random.nextBytes(bytes);
            for (int at = 0; at < bytes.length; at += 5) {
                bytes[at] = (byte) (1 + random.nextInt(159));
            }
            TerminalModes read = RequestedModes.read(bytes);
            assertThat(read == null ? 0 : read.text().length()).isLessThan(200);
        }
    }
}
