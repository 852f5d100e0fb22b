// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.GuestPath;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which paths are taken for a Windows guest's, and as what. */
class WindowsPathTest {
    private static GuestPath path(String text) {
        return GuestPath.of(text).orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "C:\\dir\\file, C:/dir/file, C:\\dir\\file",
        "c:/dir/file, C:/dir/file, C:\\dir\\file",
        "D:\\dir/, D:/dir, D:\\dir",
        "C:\\, C:/, C:\\",
        "C:/Program Files/it's [1] $x `n ümläut.txt, C:/Program Files/it's [1] $x `n ümläut.txt, C:\\Program Files\\it's [1] $x `n ümläut.txt",
        "C:\\.config\\a..b, C:/.config/a..b, C:\\.config\\a..b",
        "C:\\CONSOLE\\COM10\\nully, C:/CONSOLE/COM10/nully, C:\\CONSOLE\\COM10\\nully"
    })
    void aPathFromADriveIsTaken(String told, String shown, String sent) {
        assertThat(path(told).text()).isEqualTo(shown);
        assertThat(path(told).hasDrive()).isTrue();
        assertThat(path(shown)).isEqualTo(path(told));
        assertThat(WindowsPath.of(path(told)).text()).isEqualTo(sent);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "C:\\dir\\..\\file",
                "C:\\.\\file",
                "C:\\\\server\\share",
                "C:\\file:stream",
                "C:\\file::$DATA",
                "C:\\file.",
                "C:\\file ",
                "C:\\dir.\\file",
                "C:\\a\nb",
                "C:\\a\u0001b",
                "C:\\a*b",
                "C:\\a?b",
                "C:\\a|b",
                "C:\\a<b",
                "C:\\a>b",
                "C:\\a\"b",
                "C:\\nul",
                "C:\\dir\\NUL.txt",
                "C:\\con",
                "C:\\aux .x",
                "C:\\COM1",
                "C:\\COM1.\u2028",
                "C:\\NUL.a\u0085b",
                "C:\\lpt9.log",
                "C:\\COM\u00b9",
                "C:\\CONIN$",
                "C:\\a\uFFFE"
            })
    void whatWindowsTakesForSomethingElseIsRefused(String told) {
        refused(path(told));
    }

    private static void refused(GuestPath path) {
        BellhopException failure = catchThrowableOfType(BellhopException.class, () -> WindowsPath.of(path));
        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_FIELD);
        assertThat(failure.faults().getFirst().detail())
                .startsWith("A path from the root of a drive, such as C:\\dir\\file");
    }

    @Test
    void whatIsTooLongOrNoTextIsRefused() {
        assertThat(WindowsPath.of(path("C:\\" + "a/".repeat(128))).text()).hasSize(258);
        refused(path("C:\\" + "a/".repeat(128) + "bb"));
        refused(path("C:\\" + "x".repeat(256)));
        refused(GuestPath.of("C:\\\u00ff".getBytes(StandardCharsets.ISO_8859_1)).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"C:", "C:file", "1:\\file", "\\\\server\\share\\file", "\\\\?\\C:\\file", "file", "CC:\\x"})
    void whatBeginsOtherwiseIsNoPathOfAnyGuest(String told) {
        assertThat(GuestPath.of(told)).isEmpty();
    }

    @Test
    void foldersAndNamesAreThoseOfTheDrive() {
        assertThat(path("C:\\dir\\file").parent()).isEqualTo(path("C:\\dir"));
        assertThat(path("C:\\dir").parent()).isEqualTo(path("C:\\"));
        assertThat(path("C:\\").parent()).isEqualTo(path("C:\\"));
        assertThat(path("C:\\").isRoot()).isTrue();
        assertThat(path("C:\\").endsInName()).isFalse();
        assertThat(path("C:\\dir\\file").name()).isEqualTo("file".getBytes(StandardCharsets.UTF_8));
        assertThat(path("C:\\").child("x")).contains(path("C:\\x"));
        assertThat(path("C:\\dir\\file").encoded()).isEqualTo("C:/dir/file");
        assertThat(path("C:\\x").isWithin(path("/")))
                .as("a prefix of / is no limit")
                .isTrue();
        assertThat(path("C:\\x").isWithin(path("/C:"))).isFalse();
        assertThat(path("C:\\x").isWithin(path("C:\\"))).isTrue();
        assertThat(path("D:\\x").isWithin(path("C:\\"))).isFalse();
        assertThat(path("/x").isWithin(path("C:\\"))).isFalse();
        assertThat(path("C:\\").isRootOfAll()).isFalse();
        assertThat(path("/").isRootOfAll()).isTrue();
        assertThat(path("/C:/x").hasDrive()).as("a folder that Linux may have").isFalse();
    }

    @Test
    void whatIsWrittenLiesBesideIfThatIsNotTooLong() {
        assertThat(WindowsPath.of(path("C:\\dir\\file")).beside(".part").text()).isEqualTo("C:\\dir\\.part");
        assertThat(WindowsPath.of(path("C:\\file")).beside(".part").text()).isEqualTo("C:\\.part");
        assertThat(WindowsPath.of(path("C:\\file")).folder()).isEqualTo("C:\\");
        WindowsPath deep = WindowsPath.of(path("C:\\" + "a/".repeat(128)));
        BellhopException failure = catchThrowableOfType(BellhopException.class, () -> deep.beside("x".repeat(20)));
        assertThat(failure).hasMessageContaining("its path is too long");
        assertThat(failure.faults().getFirst().detail()).isEqualTo("A directory of at most 238 characters");
    }
}
