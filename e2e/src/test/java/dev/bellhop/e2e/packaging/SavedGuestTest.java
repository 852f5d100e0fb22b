// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.Checkout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code script/vm start --saved} does where no guest can be saved: by a copy of the script, with a QEMU that does not start. */
@Tag("real")
@Tag("vm")
@Tag("full")
class SavedGuestTest {
    @TempDir
    private Path folder;

    private Path started = Path.of("");

    @BeforeEach
    void copy() throws Exception {
        started = folder.resolve("started");
        Path script = Files.createDirectory(folder.resolve("script"));
        for (String name : List.of("vm", "lib.sh", "launch.sh")) {
            Files.copy(Checkout.ROOT.resolve("script").resolve(name), script.resolve(name));
        }
        program(script.resolve("guest-image"), "");
        program(
                Files.createDirectory(folder.resolve("bin")).resolve("qemu-system-x86_64"),
                "[ \"$1\" != --version ] || exit 0\necho \"$2\" >>" + started + "\necho no such machine >&2\nexit 1");
        program(folder.resolve("bin/socat"), "");
        Path image = Files.createDirectories(folder.resolve(".cache/guest"));
        Files.writeString(image.resolve("vmlinuz"), "kernel");
        Files.writeString(image.resolve("initramfs.cpio.gz"), "files");
    }

    private static void program(Path file, String script) throws Exception {
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    /** Returns what it says. */
    private String start() throws Exception {
        ProcessBuilder vm = new ProcessBuilder(
                        folder.resolve("script/vm").toString(),
                        "start",
                        "7",
                        "--run-dir",
                        folder.resolve("run").toString(),
                        "--saved")
                .redirectErrorStream(true);
        vm.environment().merge("PATH", folder.resolve("bin").toString(), (path, own) -> own + ":" + path);
        Process process = vm.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isOne();
        return said;
    }

    @Test
    void whatCannotBeSavedIsSaidOnceAndNotTriedAgain() throws Exception {
        assertThat(start())
                .contains("Cannot save a guest that has booted", "QEMU does not start: no such machine")
                .contains("Cannot start QEMU: no such machine");
        assertThat(started).hasContent("vm-1\nvm-7");
        assertThat(start()).isEqualTo("Cannot start QEMU: no such machine\n");
        assertThat(started).as("it boots at once").hasContent("vm-1\nvm-7\nvm-7");

        Files.writeString(folder.resolve(".cache/guest/vmlinuz"), "another kernel");
        assertThat(start()).as("another guest").contains("Cannot save a guest");
        Files.delete(folder.resolve(".cache/booted/small-256/failed"));
        assertThat(start()).as("it is wanted").contains("Cannot save a guest");
    }
}
