// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.server;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/** A client that runs one command at a time on one connection. Used by one thread. */
public final class CommandClient implements AutoCloseable {
    private static final String ID = "\"id\":\"";
    private static final String PID = "\"pid\":";
    private static final String EXITED = "\"exited\":true";

    private final RawHttp http;

    public CommandClient(RawHttp http) {
        this.http = http;
    }

    /**
     * Runs a command and polls until it has exited; returns the path of its result.
     *
     * @param pauseNanos how long to wait before each poll; 0 for not at all
     */
    public String run(long vmid, String command, long pauseNanos) throws IOException {
        String path = "/api/vm/" + vmid + "/agent/exec";
        RawHttp.Answer started =
                http.post(path, "{\"command\":\"" + command + "\"}").expect(200);
        int from = started.body().indexOf(PID) + PID.length();
        int to = from;
        while (Character.isDigit(started.body().charAt(to))) {
            to++;
        }
        String result = path + "?pid=" + started.body().substring(from, to);
        do {
            if (pauseNanos > 0) {
                LockSupport.parkNanos(pauseNanos);
            }
        } while (!http.get(result).expect(200).body().contains(EXITED));
        return result;
    }

    /** Runs a supervised command to its end and returns the id of its execution. */
    public String runForId(long vmid, String command) throws IOException {
        String body = waiting(vmid, command, "supervised");
        int from = body.indexOf(ID) + ID.length();
        return body.substring(from, body.indexOf('"', from));
    }

    /** Runs a supervised command with one request that waits for its end. */
    public void runWaiting(long vmid, String command) throws IOException {
        runWaiting(vmid, command, "supervised");
    }

    /**
     * The same in a mode that is said.
     *
     * @param mode what it is expected to run in
     */
    public void runWaiting(long vmid, String command, String mode) throws IOException {
        waiting(vmid, command, mode);
    }

    private String waiting(long vmid, String command, String mode) throws IOException {
        String body = http.post("/api/v2/vps/" + vmid + "/executions?wait=30", "{\"command\":\"" + command + "\"}")
                .expect(201)
                .body();
        if (!body.contains("\"state\":\"exited\"") || !body.contains("\"mode\":\"" + mode + '"')) {
            throw new IOException("Expected a command in mode " + mode + " that has exited, got " + body);
        }
        return body;
    }

    @Override
    public void close() throws IOException {
        http.close();
    }
}
