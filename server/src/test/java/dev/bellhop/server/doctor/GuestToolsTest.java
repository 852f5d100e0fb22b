// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.execution.script.DoctorScript;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestToolsTest {
    @TempDir
    private Path folder;

    private static ExecStatus said(String text) {
        return new ExecStatus(true, 0, null, text.getBytes(StandardCharsets.ISO_8859_1), new byte[0], false, false);
    }

    /** The script itself, on this machine: it changes nothing. */
    @Test
    void theScriptTellsWhatThereIsAndLeavesNothing() throws Exception {
        ExecCommand command = DoctorScript.of(folder.resolve("not/yet") + "");
        List<String> line = new ArrayList<>(List.of(command.path()));
        line.addAll(command.args());
        Process process = new ProcessBuilder(line).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(process.waitFor()).isZero();

        GuestTools tools = GuestTools.parse(said(text)).orElseThrow();

        assertThat(tools.programs()).contains("tar", "gzip", "stat", "sha256sum", "cksum", "su");
        assertThat(tools.spoolWritable()).isTrue();
        assertThat(tools.freeKib()).isPositive();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void linesAreReadOneByOne() {
        GuestTools tools = GuestTools.parse(said("""
                bellhop doctor
                has tar
                has perl
                spool closed
                free 1024
                domain system_u:system_r:virt_qemu_ga_t:s0
                selinux Enforcing
                user 0
                end
                """)).orElseThrow();

        assertThat(tools)
                .isEqualTo(new GuestTools(
                        java.util.Set.of("tar", "perl"),
                        false,
                        1024L,
                        "system_u:system_r:virt_qemu_ga_t:s0",
                        "Enforcing"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "bellhop doctor\n", "has tar\nend\n", "bellhop doctor\nhas tar\nend\nmore\n"})
    void whatIsNotWholeIsNotBelieved(String text) {
        assertThat(GuestTools.parse(said(text))).isEmpty();
    }

    @Test
    void whatIsTooLongOrOddIsNotBelieved() {
        assertThat(GuestTools.parse(said("bellhop doctor\n" + "has tar\n".repeat(2000) + "end\n")))
                .isEmpty();
        GuestTools odd = GuestTools.parse(said("bellhop doctor\nhas a\u001b[2J\nfree 12x\ndomain a b\nend\n"))
                .orElseThrow();
        assertThat(odd).isEqualTo(new GuestTools(java.util.Set.of(), false, null, null, null));
    }
}
