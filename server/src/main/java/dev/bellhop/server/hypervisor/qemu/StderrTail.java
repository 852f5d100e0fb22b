// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The end of a start command's stderr. A separate process reads it, since a VM can inherit that stderr and outlive this
 * server: a pipe without a reader would end or block the VM, and a hostile guest could fill a file without limit. That
 * process holds a few kilobytes, and ends once no process can write to it. For one thread.
 */
final class StderrTail implements AutoCloseable {
    private static final int MAX_BYTES = 2000;

    /** Prints the last bytes of its stdin at end of file. */
    static final List<String> COMMAND = List.of("tail", "-c", Integer.toString(MAX_BYTES));

    private static final int MAX_LINES = 10;

    /** Processes left by a failed command can keep its stderr open. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(1);

    /** Characters that could break a log line, or are invisible. */
    private static final Pattern UNSAFE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

    private final Process reader;

    /** @param reader runs {@link #COMMAND} */
    StderrTail(Process reader) {
        this.reader = reader;
    }

    /** Returns the last lines as one sentence, on one line. Call this once the command has ended. */
    String told() throws InterruptedException {
        if (!reader.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
            return "What it wrote to stderr cannot be told, because a process that it started still has its stderr";
        }
        List<String> lines = text().lines().filter(line -> !line.isBlank()).toList();
        if (lines.isEmpty()) {
            return "It wrote nothing to stderr";
        }
        List<String> last = lines.subList(Math.max(0, lines.size() - MAX_LINES), lines.size());
        return "It wrote to stderr, at the end: " + escape(String.join("\n", last));
    }

    private String text() {
        try (InputStream told = reader.getInputStream()) {
            return new String(told.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // It is in memory: the process has ended.
        }
    }

    private static String escape(String text) {
        return UNSAFE.matcher(text).replaceAll(found -> switch (found.group()) {
            case "\n" -> " | ";
            case "\t" -> " ";
            default -> String.format(Locale.ROOT, "<U+%04X>", found.group().codePointAt(0));
        });
    }

    /** Stops reading. The reader process runs as long as any process can write to it. */
    @Override
    public void close() {
        try {
            reader.getInputStream().close();
        } catch (IOException e) {
            // Already closed.
        }
    }
}
