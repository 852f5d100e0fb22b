// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.ssh;

import dev.bellhop.bench.server.Children;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * OpenSSH's client programs and rsync, for one destination.
 *
 * @param key the private key
 * @param destination as in {@code user@host}
 */
public record SshPrograms(Path key, int port, String destination) {
    private static final long TIMEOUT_MINUTES = 20;

    /** Makes a key in a folder, without a passphrase. */
    public static Path newKey(Path folder) throws IOException {
        Path key = folder.resolve("id");
        String _ = Children.output(List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString()));
        return key;
    }

    /** Returns the command line of {@code ssh} up to its own arguments. */
    public List<String> ssh(String... options) {
        List<String> command = new ArrayList<>(List.of("ssh"));
        command.addAll(options());
        command.addAll(List.of("-p", Integer.toString(port)));
        command.addAll(List.of(options));
        command.add(destination);
        return command;
    }

    /** Runs a command with a file as its stdin. Returns how many seconds it took. */
    double pipe(Path stdin, String remote) throws Exception {
        List<String> command = ssh();
        command.add(remote);
        return run(command, stdin);
    }

    /** Copies a file or folder into the guest. Returns how many seconds it took. */
    double copyIn(Path from, String to) throws Exception {
        return scp(from.toString(), destination + ":" + to);
    }

    /** Copies a file or folder out of the guest. Returns how many seconds it took. */
    double copyOut(String from, Path to) throws Exception {
        return scp(destination + ":" + from, to.toString());
    }

    double rsyncIn(Path from, String to) throws Exception {
        String shell = "ssh " + String.join(" ", options()) + " -p " + port;
        return run(List.of("rsync", "-e", shell, from.toString(), destination + ":" + to), null);
    }

    private double scp(String from, String to) throws Exception {
        List<String> command = new ArrayList<>(List.of("scp", "-q", "-r", "-P", Integer.toString(port)));
        command.addAll(options());
        command.addAll(List.of(from, to));
        return run(command, null);
    }

    private List<String> options() {
        return List.of(
                "-F",
                "none",
                "-i",
                key.toString(),
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "BatchMode=yes",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "LogLevel=ERROR");
    }

    private static double run(List<String> command, @Nullable Path stdin) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(stdin == null ? Path.of("/dev/null").toFile() : stdin.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        long begin = System.nanoTime();
        Process process = builder.start();
        if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("Cannot run " + command.getFirst() + " to its end");
        }
        return (System.nanoTime() - begin) / 1e9;
    }
}
