// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.testkit.FakeAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A guest whose processes get the pids, and end when, a test says. Its table is kept as qemu-ga keeps it: in the order
 * of starts, the first entry with a pid is the one that is found, and it is dropped when its exit has been told.
 */
public final class FakeGuest implements AutoCloseable {
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private static final class Entry {
        final long pid;
        final String output;
        boolean exited;

        Entry(long pid, String output) {
            this.pid = pid;
            this.output = output;
        }
    }

    private final FakeAgent agent;
    /** Guarded by this. */
    private final List<Entry> table = new ArrayList<>();
    /** Guarded by this. */
    private final Deque<Entry> next = new ArrayDeque<>();

    public FakeGuest(Path socket) {
        agent = FakeAgent.start(socket);
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": " + exec() + "}"));
        agent.on("guest-exec-status", (request, wire) -> {
            String status = status(request);
            if (status == null) {
                wire.error("GenericError", "PID ld does not exist");
            } else {
                wire.reply(status);
            }
        });
    }

    public FakeAgent agent() {
        return agent;
    }

    /** The next command that is started gets this pid, and writes this text. */
    public synchronized void nextIs(long pid, String output) {
        next.add(new Entry(pid, output));
    }

    /** As {@link #nextIs}, and it has ended by the time the agent tells its pid. */
    synchronized void nextHasEnded(long pid, String output) {
        Entry entry = new Entry(pid, output);
        entry.exited = true;
        next.add(entry);
    }

    /** The agent was asked before to start what has this pid, and has ended and written this text. */
    public synchronized void hasEnded(long pid, String output) {
        Entry entry = new Entry(pid, output);
        entry.exited = true;
        table.add(entry);
    }

    /** The process that was started first of those with this pid that still run ends. */
    public synchronized void end(long pid) {
        table.stream()
                .filter(entry -> entry.pid == pid && !entry.exited)
                .findFirst()
                .orElseThrow()
                .exited = true;
    }

    /** The agent loses its table, as one that is restarted does. */
    public synchronized void forget() {
        table.clear();
    }

    private synchronized long exec() {
        Entry entry = next.remove();
        table.add(entry);
        return entry.pid;
    }

    private synchronized @org.jspecify.annotations.Nullable String status(FakeAgent.Request request) {
        Matcher number = NUMBER.matcher(request.arguments());
        if (!number.find()) {
            throw new IllegalStateException("a status without a pid");
        }
        long pid = Long.parseLong(number.group());
        Entry entry = table.stream().filter(e -> e.pid == pid).findFirst().orElse(null);
        if (entry == null) {
            return null;
        }
        if (!entry.exited) {
            return "{\"exited\": false}";
        }
        table.remove(entry);
        return "{\"exited\": true, \"exitcode\": 0, \"out-data\": \""
                + Base64.getEncoder().encodeToString(entry.output.getBytes(StandardCharsets.UTF_8)) + "\"}";
    }

    @Override
    public void close() {
        agent.close();
    }
}
