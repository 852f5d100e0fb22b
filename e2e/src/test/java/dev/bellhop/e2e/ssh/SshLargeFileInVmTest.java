// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.testkit.GuestImage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same as {@link SshLargeFileTest} in a real VM, over a stream. There is no rsync in it. */
@Timeout(7_200)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SshLargeFileInVmTest {
    private Path folder;
    private TestBed bed;
    private SshAccess access;

    @BeforeAll
    void start(@TempDir Path given) throws Exception {
        folder = given.toRealPath();
        bed = TestBed.startWithDoor(folder, GuestImage.DEBIAN);
        access = SshAccess.make(bed.server(), folder.resolve("ssh"));
    }

    @AfterAll
    void stop() throws Exception {
        if (bed != null) {
            bed.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scp", "sftp"})
    void aFileGoesThereAndBack(String program) throws Exception {
        Path here = Files.createDirectory(folder.resolve("here." + program));
        new SshCopies(access, bed.server(), TestBed.VMID + ".bellhop", here).thereAndBack(program, "/var/tmp");
    }
}
