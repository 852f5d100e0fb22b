// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A node of a cluster in a process of its own. It can be killed, frozen, and started again with the same data. One thread starts
 * and ends it.
 */
public final class NodeProcess implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Pattern STATUS_URL = Pattern.compile("It tells how it does at (\\S+)");
    private static final String JOINED = " has joined the cluster";

    private final Path folder;
    private final Map<String, String> environment;
    private Process process;
    private int joined;

    private NodeProcess(Path folder, Map<String, String> environment) throws IOException {
        this.folder = folder;
        this.environment = environment;
        this.process = launch();
    }

    /**
     * Starts {@code ./bellhop node run} of this checkout, and does not wait until it is ready.
     *
     * @param folder for its configuration, data and log; new
     * @param configuration YAML, but for where its data are
     * @param environment variables that are added to those of this process
     */
    public static NodeProcess start(Path folder, String configuration, Map<String, String> environment)
            throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("node.yaml"), "data: " + folder.resolve("data") + "\n" + configuration);
        return new NodeProcess(folder, environment);
    }

    private Process launch() throws IOException {
        return Programs.start(
                folder,
                logFile(),
                List.of(
                        Checkout.ROOT.resolve("bellhop").toString(),
                        "node",
                        "run",
                        "--config",
                        folder.resolve("node.yaml").toString()),
                environment);
    }

    /** Waits until the present process is part of its cluster. */
    public void awaitJoined() throws IOException {
        Programs.await("the node has joined its cluster", START_TIMEOUT, Duration.ofMillis(50), () -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("The node ended:\n" + log());
            }
            return joins() > joined;
        });
        joined = joins();
    }

    private int joins() throws IOException {
        return log().split(JOINED, -1).length - 1;
    }

    /** Where the present process has its health and metrics, once it has joined; its configuration says {@code listen}. */
    public URI statusUrl() throws IOException {
        return STATUS_URL
                .matcher(log())
                .results()
                .reduce((first, last) -> last)
                .map(found -> URI.create(found.group(1)))
                .orElseThrow();
    }

    /** Its output, over all restarts. */
    public String log() throws IOException {
        return Files.readString(logFile());
    }

    private Path logFile() {
        return folder.resolve("node.log");
    }

    /** Ends it with SIGKILL, so that it cannot clean up. */
    public void kill() {
        Programs.kill(process);
    }

    /** Starts it again after it has ended, and does not wait until it is ready. */
    public void startAgain() throws IOException {
        joined = joins();
        process = launch();
    }

    /** Stops it by SIGSTOP: its connections stay open. */
    public void freeze() {
        Programs.freeze(process);
    }

    /** Lets it go on. */
    public void thaw() {
        Programs.signal(process, "CONT");
    }

    @Override
    public void close() {
        Programs.kill(process); // Also a frozen one, which SIGTERM does not reach.
    }
}
