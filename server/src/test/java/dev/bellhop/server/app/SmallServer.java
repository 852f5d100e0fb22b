// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A server in a process of its own, with the memory that {@code bellhop server} gives it, and which ends where that is not enough. */
final class SmallServer implements AutoCloseable {
    private static final List<String> AS_IN_SCRIPT_LIB = List.of(
            "-XX:+UseG1GC",
            "-XX:+UseCompactObjectHeaders",
            "-Xms32m",
            "-Xmx384m",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED");

    private final ServerProcess process;

    /** What runs in that process. */
    static final class Run {
        private Run() {}

        public static void main(String[] args) {
            System.exit(Main.run(Path.of(args[0])));
        }
    }

    private SmallServer(ServerProcess process) {
        this.process = process;
    }

    /** One with its data in this folder; returns once it is ready. */
    static SmallServer start(Path folder, String configuration, String... jvmOptions) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(AS_IN_SCRIPT_LIB);
        command.addAll(List.of(jvmOptions));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Run.class.getName()));
        return new SmallServer(
                ServerProcess.start(folder, configuration, command, Map.of(), ServerProcess::answersHealth));
    }

    boolean isAlive() {
        return process.isAlive();
    }

    URI uri() {
        return process.url();
    }

    Path data() {
        return process.data();
    }

    TestClient admin() throws IOException {
        return client(process.adminKey());
    }

    TestClient client(String key) {
        return new TestClient(this::uri, key);
    }

    void stop() {
        process.stop();
    }

    /** As a power failure does. */
    void kill() {
        process.kill();
    }

    void startAgain() throws IOException {
        process.startAgain();
    }

    @Override
    public void close() {
        process.kill();
    }
}
