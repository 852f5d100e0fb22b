// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.opentest4j.TestAbortedException;

/** The checkout that the tests run in, and the commands a person would run there. */
public final class Checkout {
    /** The folder that holds {@code ./bellhop} and {@code script/}. */
    public static final Path ROOT = findRoot();

    /** Generous, because a command may have to build first. */
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private Checkout() {}

    private static Path findRoot() {
        Path start = Path.of("").toAbsolutePath();
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            if (Files.isExecutable(folder.resolve("bellhop")) && Files.isDirectory(folder.resolve("script"))) {
                return folder;
            }
        }
        throw new IllegalStateException("Cannot find the checkout's ./bellhop from " + start);
    }

    /** The exit code and output of a command that has ended. */
    public record Ended(int exitCode, String stdout, String stderr) {
        private static final int UNAVAILABLE = 69;

        /** What it printed on stdout; fails if it did not succeed. */
        public String succeeded() throws IOException {
            if (exitCode != 0) {
                throw new IOException("It ended with " + exitCode + ": " + stderr);
            }
            return stdout;
        }

        /** As {@link #succeeded}, but aborts the test if the script says that this machine cannot do it. */
        String succeededOrSkipped(String what) throws IOException {
            if (exitCode == UNAVAILABLE) {
                throw new TestAbortedException("SKIPPED because this machine cannot " + what + ": " + stderr);
            }
            return succeeded();
        }
    }

    /**
     * Runs a command in the checkout and waits for its end. Its output goes to files, because a process it leaves behind,
     * such as QEMU, would keep a pipe open.
     */
    public static Ended run(Path scratch, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        return run(scratch, environment, command, TIMEOUT);
    }

    /** As the other, for what may take this long. */
    public static Ended run(Path scratch, Map<String, String> environment, List<String> command, Duration timeout)
            throws IOException, InterruptedException {
        Path stdout = Files.createTempFile(scratch, "stdout", "");
        Path stderr = Files.createTempFile(scratch, "stderr", "");
        var builder = new ProcessBuilder(command)
                .directory(ROOT.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(stdout.toFile())
                .redirectError(stderr.toFile());
        Programs.removeJavaOptions(builder);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(timeout)) {
                throw new IllegalStateException(command.getFirst() + " did not end within " + timeout);
            }
            return new Ended(process.exitValue(), Files.readString(stdout), Files.readString(stderr));
        } finally {
            process.destroyForcibly();
            Files.delete(stdout);
            Files.delete(stderr);
        }
    }
}
