// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.cli.command.SlowWay;
import dev.bellhop.cli.terminal.HumanUnits;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.Terminal;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One line on standard error that says how far a copy has come, while somebody looks. For one thread. */
final class Progress implements AutoCloseable {
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /** What is less goes by the agent's calls in any case, unless a stream is open. */
    private static final long LONG_BYTES = 1 << 20;

    private static final int NUMBERS = 44;
    private static final int MAX_WIDTH = 79;

    private final Terminal terminal;
    private final String name;
    private final @Nullable Long total;
    private final long begun = System.nanoTime();
    private long before;
    private long done;
    private long shownAt = begun;
    private boolean shown;

    /** @param total absent where it is not known */
    Progress(Terminal terminal, String name, @Nullable Long total) {
        this.terminal = terminal;
        this.name = Printable.shortened(name, Math.max(8, Math.min(terminal.columns(), MAX_WIDTH) - NUMBERS));
        this.total = total;
    }

    /** So much was there already. */
    void startAt(long bytes) {
        before = bytes;
        done = bytes;
    }

    void add(int bytes) {
        done += bytes;
        long now = System.nanoTime();
        if (terminal.columns() > 0 && now - shownAt >= INTERVAL_NANOS) {
            shownAt = now;
            shown = true;
            terminal.err().print("\r" + line(now));
            terminal.err().flush();
        }
    }

    private String line(long now) {
        double seconds = Math.max(0.001, (now - begun) / 1e9);
        long rate = (long) ((done - before) / seconds);
        String left = total == null || rate == 0 ? "" : HumanUnits.time(Math.max(0, (total - done) / rate)) + " left";
        String part = total == null || total == 0 ? "" : done * 100 / total + "%";
        return String.format(
                Locale.ROOT,
                "%s %4s %10s %12s %-12s",
                name,
                part,
                HumanUnits.bytes(done),
                HumanUnits.bytes(rate) + "/s",
                left);
    }

    /**
     * All of it is copied. Says where much of it went by the slower way.
     *
     * @param path in the guest; one that begins with a drive is in Windows, which has no other way
     */
    void done(@Nullable String transport, long vmid, String path) {
        close();
        if (path.startsWith("/") && terminal.columns() > 0 && done - before > LONG_BYTES && SlowWay.is(transport)) {
            terminal.say(SlowWay.sentence(null, vmid));
        }
    }

    /** Ends the line. */
    @Override
    public void close() {
        if (shown) {
            terminal.err().println("\r" + line(System.nanoTime()));
            shown = false;
        }
    }
}
