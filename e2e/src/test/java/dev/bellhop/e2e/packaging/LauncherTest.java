// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.Checkout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./bellhop}, the command in the checkout. */
@Tag("real")
class LauncherTest {
    @TempDir
    private Path folder;

    @Test
    void itRunsFromAnywhereAndThroughALink() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("bell"), Checkout.ROOT.resolve("bellhop"));

        Checkout.Ended ended = Checkout.run(folder, Map.of(), List.of("env", "-C", "/", link.toString(), "--help"));
        Files.delete(link);

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.stdout()).contains("server", "exec", "key", "vm");
    }

    @Test
    void itSaysNothingOfItsOwnOnceItIsBuilt() throws Exception {
        Checkout.run(folder, Map.of(), List.of("./bellhop", "--help"));

        assertThat(Checkout.run(folder, Map.of(), List.of("./bellhop", "--help"))
                        .stderr())
                .isEmpty();
    }

    @Test
    void itHandsOnOptionsForTheJvm() throws Exception {
        Checkout.Ended ended = Checkout.run(
                folder, Map.of("BELLHOP_JAVA_OPTS", "-showversion -Xmx64m"), List.of("./bellhop", "--help"));

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.stderr()).containsIgnoringCase("openjdk version");
    }

    /** As built by root for a service that may not write there. Copying makes its sources look newer. */
    @Test
    void itRunsWhereItMayWriteNothing() throws Exception {
        Checkout.run(folder, Map.of(), List.of("./bellhop", "--help"));
        List<String> readOnly = List.of(
                "unshare",
                "--mount",
                "--map-root-user",
                "sh",
                "-c",
                "mount --bind . . && mount -o remount,bind,ro . && cd \"$PWD\" && exec \"$@\"",
                "sh");
        Assumptions.assumeTrue(
                Checkout.run(folder, Map.of(), with(readOnly, "true")).exitCode() == 0,
                "SKIPPED because this machine gives its user no namespace of mounts");
        Checkout.run(folder, Map.of(), List.of("touch", "bellhop"));

        Checkout.Ended ended = Checkout.run(folder, Map.of(), with(readOnly, "./bellhop", "--help"));
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        assertThat(ended.stderr()).isEmpty();
        assertThat(Checkout.run(folder, Map.of(), with(readOnly, "script/build", "--force"))
                        .stderr())
                .contains("may not write to " + Checkout.ROOT);
    }

    private static List<String> with(List<String> prefix, String... command) {
        return Stream.concat(prefix.stream(), Stream.of(command)).toList();
    }

    @Test
    void aWrongCommandLineIsExplainedOnStderr() throws Exception {
        Checkout.Ended ended = Checkout.run(folder, Map.of(), List.of("./bellhop", "no-such-command"));

        assertThat(ended.exitCode()).isNotZero();
        assertThat(ended.stdout()).isEmpty();
        assertThat(ended.stderr()).contains("no-such-command");
    }
}
