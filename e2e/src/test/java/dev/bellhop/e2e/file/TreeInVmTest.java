// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.VmCommands;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.GuestImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code bellhop cp -r} into a real VM and out of it: one with perl, GNU's tar and streams, and one that has nothing but busybox. */
@Timeout(900)
@Tag("real")
@Tag("vm")
class TreeInVmTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DEBIAN_PYTHON")
    void aTreeSurvivesBothWays(GuestImage image) throws Exception {
        survivesBothWays(image);
    }

    @Test
    @Tag("full")
    void aTreeSurvivesBothWaysWithPython() throws Exception {
        survivesBothWays(GuestImage.DEBIAN_PYTHON);
    }

    private void survivesBothWays(GuestImage image) throws Exception {
        Path tree = Files.createDirectory(folder.resolve("tree"));
        run(
                Map.of(),
                "sh",
                "-c",
                "umask 022 && cd \"$0\" && mkdir -p d/empty private && echo x >d/f && ln d/f hard && ln -s ../d/f d/l && : >none"
                        + " && chmod 700 private && chmod 751 d/f && n=$(printf %0120d 0) && mkdir -p $n/$n && echo deep >$n/$n/f"
                        + " && head -c 3000000 /dev/urandom >large && for i in $(seq 300); do echo $i >d/f$i; done",
                tree.toString());
        try (TestBed bed = TestBed.start(folder, image);
                VmCommands commands = new VmCommands(bed.v2())) {
            Map<String, String> environment = Map.of(
                    "BELLHOP_URL",
                    bed.server().url().toString(),
                    "BELLHOP_KEY",
                    bed.server().adminKey());
            String there = TestBed.VMID + ":/root/tree";
            commands.run("mkdir -p /root");
            run(environment, "./bellhop", "cp", "-r", tree.toString(), there);
            assertThat(
                            commands.run(
                                    "cd /root/tree && stat -c '%a %h %s' d/f hard private none && readlink d/l && ls d | wc -l"))
                    .isEqualTo("751 2 2\n751 2 2\n700 2 " + size(commands) + "\n644 1 0\n../d/f\n303\n");
            run(
                    environment,
                    "./bellhop",
                    "cp",
                    "-r",
                    there,
                    folder.resolve("back").toString());
            assertThat(commands.run("ls -A /var/tmp /tmp /root/tree | grep -c bellhop- || true"))
                    .isEqualTo("0\n");
        }
        run(
                Map.of(),
                "diff",
                "-r",
                "--no-dereference",
                tree.toString(),
                folder.resolve("back").toString());
        assertThat(Files.getAttribute(folder.resolve("back/hard"), "unix:ino"))
                .isEqualTo(Files.getAttribute(folder.resolve("back/d/f"), "unix:ino"));
    }

    /** Of a directory, which is the file system's to choose. */
    private static String size(VmCommands commands) throws Exception {
        return commands.run("stat -c %s /root/tree/private").strip();
    }

    private void run(Map<String, String> environment, String... command) throws Exception {
        Checkout.Ended ended = Checkout.run(folder, environment, new ArrayList<>(List.of(command)));
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
    }
}
