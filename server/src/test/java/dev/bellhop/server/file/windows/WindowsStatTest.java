// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.file.FileReply.UnreadableReplyException;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.FileType;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is believed of what PowerShell tells of a file. */
class WindowsStatTest {
    private static final String TIMES = " 639054486001234567 639054486000000000 ";

    @Test
    void whatIsToldIsKept() throws Exception {
        FileStat stat = WindowsStat.parse("f 12345" + TIMES + "0");
        assertThat(stat.type()).isEqualTo(FileType.FILE);
        assertThat(stat.size()).isEqualTo(12_345);
        assertThat(stat.modified()).isEqualTo(Instant.parse("2026-01-31T09:30:00.123456700Z"));
        assertThat(stat.changed()).isEqualTo(Instant.parse("2026-01-31T09:30:00Z"));
        assertThat(stat.octalMode()).isEqualTo("0644");
        assertThat(stat.owner()).isEqualTo("0");
        assertThat(stat.etag()).matches("\"[0-9a-f.-]+\"");
        assertThat(FileStat.parse(stat.raw())).as("as another process gets it").contains(stat);

        assertThat(WindowsStat.parse("f 0" + TIMES + "1").octalMode()).isEqualTo("0444");
        assertThat(WindowsStat.parse("d 0" + TIMES + "0").type()).isEqualTo(FileType.DIRECTORY);
        assertThat(WindowsStat.parse("l 0" + TIMES + "0").type()).isEqualTo(FileType.SYMLINK);
        assertThat(WindowsStat.parse("f 0 504911232000000000 0 0").modified())
                .isEqualTo(Instant.parse("1601-01-01T00:00:00Z"));
    }

    @Test
    void anotherSizeOrTimeIsAnotherState() throws Exception {
        String etag = WindowsStat.parse("f 5" + TIMES + "0").etag();
        assertThat(WindowsStat.parse("f 6" + TIMES + "0").etag()).isNotEqualTo(etag);
        assertThat(WindowsStat.parse("f 5 639054486001234568 639054486000000000 0")
                        .etag())
                .isNotEqualTo(etag);
    }

    /** So that a guest can compare it. A directory and a link lose the last field, which a mode does not keep. */
    @Test
    void whatWasToldCanBeToldBack() throws Exception {
        for (String told : List.of(
                "f 12345" + TIMES + "0",
                "f 0" + TIMES + "1",
                "f 1 504911232000000000 0 0",
                "f 1 3155378975999999999 3155378975999999999 1")) {
            assertThat(WindowsStat.told(WindowsStat.parse(told))).isEqualTo(told);
        }
        assertThat(WindowsStat.told(WindowsStat.parse("d 0" + TIMES + "1"))).isEqualTo("d 0" + TIMES);
        assertThat(WindowsStat.told(WindowsStat.parse("l 0" + TIMES + "0"))).isEqualTo("l 0" + TIMES);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "f",
                "x 0 0 0 0",
                "f -1 0 0 0",
                "f 1 0 0 2",
                "f 1 0 0 0\n",
                "f 1 0 0 0 ",
                "f 1 9999999999999999999 0 0",
                "f 1 3155378976000000000 0 0",
                "f 9999999999999999999 0 0 0",
                "f 1 0|0 0 0"
            })
    void whatIsSomethingElseIsNotBelieved(String told) {
        assertThatThrownBy(() -> WindowsStat.parse(told)).isInstanceOf(UnreadableReplyException.class);
    }
}
