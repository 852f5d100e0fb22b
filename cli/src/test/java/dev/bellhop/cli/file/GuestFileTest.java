// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken for a file in a VM, and as which. */
class GuestFileTest {
    @ParameterizedTest
    @CsvSource({
        "10000:/etc/motd, 10000, /etc/motd",
        "web-1:/srv/a:/b, web-1, /srv/a:/b",
        "10000:C:\\dir\\file, 10000, C:/dir/file",
        "10000:c:/dir/file, 10000, c:/dir/file",
        "web-1:D:\\, web-1, D:/",
        "web:9:/c/d, web:9, /c/d",
        "web:9:C:\\dir, web:9, C:/dir",
        "a:b:c:/dir/file, a:b, c:/dir/file",
        "web:c:/dir, web, c:/dir",
        "web:9:/c/D:/e, web:9, /c/D:/e"
    })
    void aVmAndAPathAreToldApart(String typed, String vm, String path) {
        GuestFile file = GuestFile.of(typed).orElseThrow();
        assertThat(file.vm().text()).isEqualTo(vm);
        assertThat(file.path()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file",
                "/etc/motd",
                "dir/a:/b",
                "10000:file",
                "10000:C:file",
                "C:\\dir\\file",
                "10000:\\\\server\\share"
            })
    void whatIsNoneIsAFileOfThisMachine(String typed) {
        assertThat(GuestFile.of(typed)).isEmpty();
    }

    @Test
    void whatIsInAFolderOfADriveIsNamedAsElsewhere() {
        GuestFile folder = GuestFile.of("1:C:\\dir\\").orElseThrow();
        assertThat(folder.child("f").path()).isEqualTo("C:/dir/f");
        assertThat(folder.name()).isEqualTo("dir");
        assertThat(GuestFile.of("1:C:\\").orElseThrow().child("f").path()).isEqualTo("C:/f");
    }
}
