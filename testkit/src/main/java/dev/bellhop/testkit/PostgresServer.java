// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A real PostgreSQL on a free loopback port, with a folder of its own. Its programs come from a jar, so that nothing has to be
 * installed. It does not sync its files, so that it is fast, and loses nothing unless the machine does. It can be killed, and
 * started again with the same data. One thread starts and ends it.
 */
public final class PostgresServer implements AutoCloseable {
    /** The superuser's. */
    public static final String USER = "bellhop";

    public static final String PASSWORD = "not-a-secret";

    /** A database that is there, and empty. */
    public static final String DATABASE = "postgres";

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(60);

    /** It refuses to run as root. */
    private static final String OTHER_USER = "nobody";

    static final boolean IS_ROOT = "root".equals(System.getProperty("user.name"));

    /** The name of a standby, as {@code synchronous_standby_names} has it. */
    private static final String STANDBY = "standby";

    private final Path folder;
    private final int port;
    private final boolean forcesWrites;
    private Process process;

    private PostgresServer(Path folder, boolean forcesWrites) throws IOException {
        this.folder = folder;
        this.forcesWrites = forcesWrites;
        this.port = ServerProcess.freePort();
        this.process = launch();
    }

    /**
     * Starts a standby of this server, whose commits wait for it from now on. Call it before this server has connections: it is restarted
     * to be copied. {@link #promote} turns the standby into a primary.
     */
    public PostgresServer startStandby() throws IOException {
        stop();
        Path copy = makeFolder();
        run(folder, "cp", "--archive", data(folder).toString(), copy.toString());
        Files.createFile(data(copy).resolve("standby.signal"));
        configure(
                copy,
                "primary_conninfo",
                "host=127.0.0.1 port=" + port + " user=" + USER + " password=" + PASSWORD + " application_name="
                        + STANDBY);
        configure(folder, "synchronous_standby_names", STANDBY);
        startAgain();
        return new PostgresServer(copy, forcesWrites);
    }

    /** From some moment on, commits wait for the standby with this name, which need not exist; empty: for none. */
    public void waitForStandby(String name) throws IOException {
        configure(folder, "synchronous_standby_names", name);
        Programs.signal(process, "HUP");
    }

    /** Commits wait for the standby of {@link #startStandby} again. */
    public void waitForStandbyAgain() throws IOException {
        waitForStandby(STANDBY);
    }

    /** The last value of a setting counts. */
    private static void configure(Path folder, String setting, String value) throws IOException {
        Files.writeString(
                data(folder).resolve("postgresql.auto.conf"),
                setting + " = '" + value + "'\n",
                StandardOpenOption.APPEND);
    }

    /** Turns a standby into a primary; returns when it accepts writes. */
    public void promote() throws IOException {
        run(folder, program("pg_ctl"), "promote", "--pgdata=" + data(folder));
    }

    /** Starts one with an empty database. It forces no write to the disk: it survives its own end, and not that of the machine. */
    public static PostgresServer start() {
        return start(false);
    }

    /** As {@link #start()}, which forces each commit to the disk, as one does that is to be measured. */
    public static PostgresServer startDurable() {
        return start(true);
    }

    private static PostgresServer start(boolean forcesWrites) {
        try {
            Path folder = makeFolder();
            Path password = Files.writeString(folder.resolve("password"), PASSWORD);
            // Whatever this process's umask: the folder lets nobody else in.
            Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r--r--"));
            run(
                    folder,
                    program("initdb"),
                    "--pgdata=" + data(folder),
                    "--username=" + USER,
                    "--pwfile=" + password,
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--no-locale",
                    "--no-sync");
            return new PostgresServer(folder, forcesWrites);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start PostgreSQL", e);
        }
    }

    /** Of the user that it runs as. */
    private static Path makeFolder() throws IOException {
        Path folder = Files.createTempDirectory("bellhop-postgres");
        if (IS_ROOT) {
            Files.setOwner(
                    folder,
                    folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(OTHER_USER));
        }
        return folder;
    }

    /** A folder with bin, lib and share, which works wherever it is copied to. */
    public static Path programs() {
        return PostgresPrograms.FOLDER;
    }

    private static void run(Path folder, String... command) throws IOException {
        Path log = folder.resolve("initdb.log");
        requireSuccess(Programs.start(folder, log, asOther(List.of(command))), log);
    }

    static void requireSuccess(Process process, Path log) throws IOException {
        try {
            if (!process.waitFor(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("it failed: " + Files.readString(log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static List<String> asOther(List<String> command) {
        List<String> whole = new ArrayList<>();
        if (IS_ROOT) {
            whole.addAll(List.of(
                    "setpriv", "--reuid=" + OTHER_USER, "--regid=nogroup", "--clear-groups", "--reset-env", "--"));
        }
        whole.addAll(command);
        return whole;
    }

    private static String program(String name) {
        return PostgresPrograms.FOLDER.resolve("bin").resolve(name).toString();
    }

    private static Path data(Path folder) {
        return folder.resolve("data");
    }

    private Process launch() throws IOException {
        Process started = Programs.start(
                folder,
                log(),
                asOther(List.of(
                        program("postgres"),
                        "-D",
                        data(folder).toString(),
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "max_connections=200",
                        // In its folder: SIGKILL would leave it in /dev/shm.
                        "-c",
                        "dynamic_shared_memory_type=mmap",
                        "-c",
                        "fsync=" + (forcesWrites ? "on" : "off"),
                        "-c",
                        "full_page_writes=" + (forcesWrites ? "on" : "off"))));
        try {
            Programs.await("PostgreSQL is ready", START_TIMEOUT, Programs.POLL_INTERVAL, () -> isReady(started));
        } catch (IOException e) {
            Programs.kill(started);
            throw new IOException(Files.readString(log()), e);
        }
        return started;
    }

    /** It says so in the last line of its file. */
    private boolean isReady(Process started) throws IOException {
        if (!started.isAlive()) {
            throw new IOException("PostgreSQL ended at once");
        }
        try {
            List<String> lines = Files.readAllLines(data(folder).resolve("postmaster.pid"));
            return lines.size() >= 8
                    && lines.getFirst().equals(Long.toString(started.pid()))
                    && List.of("ready", "standby").contains(lines.get(7).strip());
        } catch (NoSuchFileException e) {
            return false; // One that was killed has left its own, which goes just now.
        }
    }

    private Path log() {
        return folder.resolve("log");
    }

    /** Of JDBC, without user and password. */
    public String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    public int port() {
        return port;
    }

    /** The JDBC URL that leads to the primary among servers at these ports; without user and password. */
    public static String urlOfPrimary(List<Integer> ports, String database) {
        return ports.stream()
                .map(port -> "127.0.0.1:" + port)
                .collect(Collectors.joining(",", "jdbc:postgresql://", "/" + database + "?targetServerType=primary"));
    }

    /** Of the process that all others are children of. */
    public long pid() {
        return process.pid();
    }

    /** Ends it with SIGKILL, and with it all that serves connections. */
    public void kill() {
        if (process.isAlive()) {
            Programs.freeze(process); // So that it starts no more.
        }
        List<ProcessHandle> children = process.descendants().toList();
        Programs.kill(process);
        children.forEach(ProcessHandle::destroyForcibly);
        try {
            Programs.await(
                    "PostgreSQL's processes have ended",
                    END_TIMEOUT,
                    Programs.POLL_INTERVAL,
                    () -> children.stream().allMatch(child -> Processes.hasEnded(child.pid())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it as its administrator does: it writes down all that it has. */
    private void stop() throws IOException {
        Programs.signal(process, "INT");
        Programs.await("PostgreSQL has ended", END_TIMEOUT, Programs.POLL_INTERVAL, () -> !process.isAlive());
    }

    public void startAgain() throws IOException {
        process = launch();
    }

    @Override
    public void close() {
        kill();
        PostgresPrograms.delete(folder);
    }
}
