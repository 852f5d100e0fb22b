// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.terminal.Stdin;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.Programs;
import dev.bellhop.testkit.RealAgent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A real server with a real agent as VM 1, and nothing listening as VM 2, for the command to be run against. */
public final class RealServer implements AutoCloseable {

    private final RealAgent agent;
    public final TestServer server;
    public final Map<String, String> env = new HashMap<>();

    private RealServer(RealAgent agent, TestServer server) {
        this.agent = agent;
        this.server = server;
        env.put("BELLHOP_URL", server.uri().toString());
        env.put("BELLHOP_KEY", server.adminKey());
    }

    public static RealServer start(Path folder) throws IOException {
        return start(folder, TestServer.in(folder));
    }

    /** One that has the agent alone look after commands. */
    public static RealServer startDirect(Path folder) throws IOException {
        return start(folder, TestServer.in(folder).direct());
    }

    /** One of the test's own making. */
    public static RealServer start(Path folder, TestServer.Builder server) throws IOException {
        RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        return new RealServer(
                agent,
                server.vm(1, agent.socket()).vm(2, folder.resolve("off.sock")).start());
    }

    /** A client for a look at what the command has brought about. */
    public BellhopClient client() {
        Duration second = Duration.ofSeconds(10);
        return new BellhopClient(server.uri(), server.adminKey(), second, second);
    }

    public Cli.Run run(String... args) {
        return run(Cli.TERMINAL, args);
    }

    public Cli.Run run(Stdin stdin, String... args) {
        return Cli.run(env, stdin, Duration.ofSeconds(30), Duration.ofSeconds(30), args);
    }

    /** Standard input that is a pipe. */
    public static Stdin pipe(InputStream bytes) {
        return new Stdin(bytes, () -> true);
    }

    public static Stdin pipe(byte[] bytes) {
        return pipe(new ByteArrayInputStream(bytes));
    }

    /** Starts the command as a process of its own, with this in front of it. */
    public Process process(List<String> prefix, String... args) throws IOException {
        return processOf(prefix, Processes.bellhop(args));
    }

    /** Starts the command that this command line runs, with the prefix in front of it. */
    public Process processOf(List<String> prefix, List<String> command) throws IOException {
        List<String> line = new ArrayList<>(prefix);
        line.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(line);
        Programs.removeJavaOptions(builder);
        builder.environment().putAll(env);
        return builder.start();
    }

    @Override
    public void close() {
        server.close();
        agent.close();
    }
}
