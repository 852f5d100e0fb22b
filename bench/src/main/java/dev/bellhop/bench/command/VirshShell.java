// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.command;

import dev.bellhop.testkit.Programs;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One virsh that is given call after call, without a new process for each: what a bare command takes through libvirt. It
 * ends with its input, and so with this JVM. Used by one thread.
 */
final class VirshShell implements AutoCloseable {
    private static final String EXEC =
            "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/sh\",\"arg\":[\"-c\",\"true\"],\"capture-output\":true}}";
    private static final Pattern PID = Pattern.compile("\"pid\":([0-9]+)");

    private final Process virsh;
    private final Writer calls;
    private final BufferedReader replies;
    private final String domain;

    private VirshShell(Process virsh, String domain) {
        this.virsh = virsh;
        this.calls = virsh.outputWriter();
        this.replies = virsh.inputReader();
        this.domain = domain;
    }

    static VirshShell start(String uri, String domain) throws IOException {
        ProcessBuilder virsh = new ProcessBuilder(List.of("virsh", "-q", "-c", uri));
        return new VirshShell(virsh.redirectErrorStream(true).start(), domain);
    }

    /** Runs {@code /bin/sh -c true} with its output captured and polls without a pause until it has exited. */
    void run() throws IOException {
        Matcher pid = PID.matcher(call(EXEC));
        if (!pid.find()) {
            throw new IOException("Expected the pid of a command");
        }
        String status = "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":" + pid.group(1) + "}}";
        String reply;
        do {
            reply = call(status);
        } while (!reply.contains("\"exited\":true"));
        if (!reply.contains("\"exitcode\":0")) {
            throw new IOException("Expected a command that succeeds, got " + reply);
        }
    }

    private String call(String request) throws IOException {
        calls.write("qemu-agent-command " + domain + " '" + request + "'\n");
        calls.flush();
        while (true) {
            String line = replies.readLine();
            if (line == null) {
                throw new EOFException("virsh has ended");
            }
            if (line.startsWith("error:")) {
                throw new IOException("virsh failed: " + line);
            }
            // Between the replies stand prompts, what was told, and empty lines.
            if (line.startsWith("{\"return\":")) {
                return line;
            }
        }
    }

    @Override
    public void close() {
        Programs.end(virsh);
    }
}
