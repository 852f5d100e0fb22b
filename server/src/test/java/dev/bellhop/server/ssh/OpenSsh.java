// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The OpenSSH client of this machine, logging in by a password. Debian has it in openssh-client. */
final class OpenSsh {
    private static final long TIMEOUT_SECONDS = 100;

    /** A name for the VM, for programs that start ssh by themselves. */
    static final String THERE = "there";

    /** As many as there are streams, which the common pool has not. */
    private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

    private final Path folder;
    private final InetSocketAddress server;
    private final List<String> options;

    /**
     * Logs in by a password, and prints errors only.
     *
     * @param folder for its files
     */
    OpenSsh(Path folder, InetSocketAddress server) {
        this(folder, server, "PreferredAuthentications=password", "LogLevel=ERROR");
    }

    /** @param options as in ssh's configuration file; of two with the same name, ssh uses the first */
    OpenSsh(Path folder, InetSocketAddress server, String... options) {
        this.folder = folder;
        this.server = server;
        this.options =
                Stream.of(options).flatMap(option -> Stream.of("-o", option)).toList();
    }

    /** What came of one call. */
    @SuppressWarnings("ArrayRecordComponent") // Made for one test.
    record Result(int code, byte[] stdout, byte[] stderr) {
        String out() {
            return new String(stdout, StandardCharsets.UTF_8);
        }

        String err() {
            return new String(stderr, StandardCharsets.UTF_8);
        }
    }

    /** Runs a command to its end. */
    Result run(String login, String password, byte[] stdin, String... command) {
        try {
            Running running = start(login, password, command);
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> running.write(stdin, true), THREADS);
            Result result = running.await();
            writing.cancel(true);
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Result run(String login, String password, String... command) {
        return run(login, password, new byte[0], command);
    }

    /** Options come before the command, and begin with a dash. */
    Running start(String login, String password, String... command) throws IOException {
        List<String> line = line("ssh", login);
        int options = 0;
        while (options < command.length && command[options].startsWith("-")) {
            line.add(command[options++]);
        }
        line.add(server.getAddress().getHostAddress());
        line.addAll(List.of(command).subList(options, command.length));
        return launch(line, password);
    }

    /** Runs scp or sftp, for which {@code there:} is the VM. */
    Result copy(String program, String login, String password, String... arguments) {
        List<String> line = line(program, login);
        for (String argument : arguments) {
            line.add(argument.replaceFirst("^there:", server.getAddress().getHostAddress() + ":"));
        }
        try {
            return launch(line, password).await();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a program that starts ssh, which finds the password. */
    Result withPassword(String password, String... command) throws IOException {
        return launch(List.of(command), password).await();
    }

    /**
     * Runs a program in a folder that starts ssh by itself, as rsync and git do; {@link #THERE} is the VM. It finds what to start in
     * {@code RSYNC_RSH} and {@code GIT_SSH}.
     *
     * @param options for ssh, which come before all others
     */
    Result program(Path in, String login, String password, List<String> options, String... command) throws IOException {
        List<String> words = line("ssh", login);
        words.addAll(1, options);
        words.addAll(List.of("-o", "HostName=" + server.getAddress().getHostAddress()));
        Path script = Files.createTempFile(folder, "ssh", ".sh");
        Files.writeString(script, "#!/bin/sh\nexec '" + String.join("' '", words) + "' \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        ProcessBuilder builder = builder(List.of(command), password).directory(in.toFile());
        builder.environment()
                .putAll(Map.of("RSYNC_RSH", script.toString(), "GIT_SSH", script.toString(), "GIT_SSH_VARIANT", "ssh"));
        return new Running(builder.start()).await();
    }

    private List<String> line(String program, String login) {
        List<String> line = new ArrayList<>(List.of(program, "-F", "none"));
        line.addAll(options);
        line.addAll(List.of(
                "-o",
                "UserKnownHostsFile=" + folder.resolve("known_hosts"),
                "-o",
                "StrictHostKeyChecking=accept-new",
                "-o",
                "NumberOfPasswordPrompts=1",
                "-o",
                "Port=" + server.getPort(),
                "-o",
                "User=" + login));
        return line;
    }

    private Running launch(List<String> line, String password) throws IOException {
        return new Running(builder(line, password).start());
    }

    private ProcessBuilder builder(List<String> line, String password) throws IOException {
        Path askpass = folder.resolve("askpass");
        if (!Files.exists(askpass)) {
            Files.writeString(askpass, "#!/bin/sh\nprintf '%s\\n' \"$BELLHOP_PASSWORD\"\n");
            Files.setPosixFilePermissions(askpass, PosixFilePermissions.fromString("rwx------"));
        }
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().put("SSH_ASKPASS", askpass.toString());
        builder.environment().put("SSH_ASKPASS_REQUIRE", "force");
        builder.environment().put("BELLHOP_PASSWORD", password);
        builder.environment().remove("SSH_AUTH_SOCK");
        return builder;
    }

    /** One that may still run. */
    static final class Running implements AutoCloseable {
        private final Process process;
        private final CompletableFuture<byte[]> stdout;
        private final CompletableFuture<byte[]> stderr;
        private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

        private Running(Process process) {
            this.process = process;
            stdout = CompletableFuture.supplyAsync(() -> read(process.getInputStream(), printed), THREADS);
            stderr = CompletableFuture.supplyAsync(
                    () -> read(process.getErrorStream(), new ByteArrayOutputStream()), THREADS);
        }

        private static byte[] read(InputStream from, ByteArrayOutputStream into) {
            byte[] buffer = new byte[8192];
            try {
                for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                    into.write(buffer, 0, count);
                }
            } catch (IOException e) {
                // The process was ended.
            }
            return into.toByteArray();
        }

        boolean isAlive() {
            return process.isAlive();
        }

        /** What has come on stdout so far. */
        String printed() {
            return printed.toString(StandardCharsets.UTF_8);
        }

        void write(byte[] bytes, boolean end) {
            try {
                process.getOutputStream().write(bytes);
                process.getOutputStream().flush();
                if (end) {
                    process.getOutputStream().close();
                }
            } catch (IOException e) {
                // It reads no more, which is for its result to tell.
            }
        }

        Result await() {
            try {
                if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError("ssh does not end; it has printed: " + printed());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
            return new Result(process.exitValue(), stdout.join(), stderr.join());
        }

        /** Kills the client, as a network that is gone would. */
        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
