// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A program in a Debian guest that writes to its disk ten times a second, and says so on the console after each time. */
public final class DiskWriter {
    private static final String PROGRAM =
            "exec setsid perl -e 'open C, \">\", \"/dev/console\"; select C; $| = 1; while (1) { open F, \">\", \"/var/tmp/written\";"
                    + " print F \"x\"; close F; print C \"written\\n\"; select undef, undef, undef, 0.1 }' </dev/null >/dev/null 2>&1 &";

    private final Path console;

    private DiskWriter(Path console) {
        this.console = console;
    }

    /**
     * Starts it and returns once it has written.
     *
     * @param console the file with all that the guest has printed on its console
     */
    public static DiskWriter start(VmCommands commands, Path console) throws Exception {
        commands.run(PROGRAM);
        DiskWriter writer = new DiskWriter(console);
        writer.awaitWrites();
        return writer;
    }

    /** How often it has written. */
    public long written() throws IOException {
        return said("written");
    }

    /** How many lines of the console have this word. */
    public long said(String word) throws IOException {
        try (var lines = Files.lines(console, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.contains(word)).count();
        }
    }

    /** Waits until it has written twice more. */
    public void awaitWrites() throws IOException {
        awaitWrites(Duration.ofMinutes(1), written());
    }

    /** Waits until it has written twice more than this. */
    public void awaitWrites(Duration longest, long before) {
        await().atMost(longest).pollInterval(Duration.ofMillis(20)).until(() -> written() > before + 1);
    }

    /** How often it has written, in a guest that is frozen. A write that was under way may still be reported. */
    public long writtenOnceFrozen() throws Exception {
        long before = -1;
        while (written() != before) {
            before = written();
            Thread.sleep(500);
        }
        return before;
    }
}
