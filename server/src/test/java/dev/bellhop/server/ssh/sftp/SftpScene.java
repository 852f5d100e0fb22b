// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.MemoryAccountStore;
import dev.bellhop.server.access.MemoryKeyStore;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.file.LocalGuestFiles;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.operation.MemoryOperationStore;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.policy.FileRule;
import dev.bellhop.server.policy.MemorySavedCommandStore;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.file.FileServices;
import dev.bellhop.server.ssh.crypto.JdkSecurity;
import dev.bellhop.server.ssh.memory.DoorMemory;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vms.LocalVms;
import dev.bellhop.testkit.RealAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.jspecify.annotations.Nullable;

/**
 * An SSH server on this machine that lets everybody in, by the name of a key, to the files of one guest with a real agent; and OpenSSH's
 * clients of it.
 */
final class SftpScene implements AutoCloseable {
    static {
        // The library looks once what there is, and doors of other tests in this JVM come later.
        JdkSecurity.register();
    }

    /** A user who may do all. */
    static final String ALL = "all";

    /** One for each request that may be made. */
    final Semaphore turns = new Semaphore(Integer.MAX_VALUE);

    final MemoryAuditStore audit = new MemoryAuditStore();
    final PortedVm vm;
    final Path folder;
    final Path guest;
    final int port;
    private final Path identity;
    private final RealAgent agent;
    private final GuestStreams streams;
    private final ExecutionEngine engine;
    private final Operations operations;
    private final AuditTrail trail;
    private final Keys keys;
    private final Accounts accounts;
    private final VmAccess access;
    private final FileServices files;
    private final SshServer server;

    SftpScene(Path in, boolean hasStreams) throws Exception {
        folder = in.toRealPath();
        guest = Files.createDirectory(folder.resolve("guest"));
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        vm = new PortedVm(agent.socket(), folder);
        vm.hasStreams = hasStreams;
        VmDirectory directory = new VmDirectory(List.of(vm));
        streams = new GuestStreams(directory, folder, new SimpleMeterRegistry());
        Clock clock = Clock.systemUTC();
        AgentHealth health = new AgentHealth(clock);
        engine = new ExecutionEngine(
                new MemoryStore(),
                directory,
                OpenStreams.NONE,
                health,
                TestExecutions.DIRECT,
                clock,
                new ExecutionMetrics(new SimpleMeterRegistry()),
                StartCheck.owner(execution -> true));
        operations = new Operations(
                new MemoryOperationStore(audit), directory, health, OperationSettings.defaults(), clock, each -> true);
        Duration second = Duration.ofSeconds(1);
        LocalVms vms = new LocalVms(directory, health, operations, second, second, clock, System::nanoTime);
        trail = new AuditTrail(audit, clock);
        keys = new Keys(new MemoryKeyStore(audit), clock);
        accounts = new Accounts(new MemoryAccountStore(audit, new MemorySavedCommandStore(audit)), keys, clock);
        access = new VmAccess(vms, accounts);
        files = FileServices.of(
                new LocalGuestFiles(engine.guests(), health, streams, FileSettings.defaults()),
                FileSettings.defaults(),
                access,
                keys,
                accounts,
                FairTurns.onHalfTheProcessors(),
                () -> true);
        server = SshServer.setUpDefaultServer();
        server.setHost("127.0.0.1");
        server.setKeyPairProvider(new SimpleGeneratorHostKeyProvider(folder.resolve("host.key")));
        server.setPublickeyAuthenticator((user, key, session) -> true);
        DoorMemory memory = new DoorMemory(new FairLimit(Long.MAX_VALUE), new FairLimit(Long.MAX_VALUE));
        server.setSubsystemFactories(List.of(new SftpSubsystem(
                access,
                trail,
                files,
                session -> login(session.getUsername()),
                channel -> memory.take("scene").orElseThrow())));
        server.start();
        port = server.getPort();
        key(ALL, Scope.FILES_VM, null);
        identity = folder.resolve("id");
        new ProcessBuilder("ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", identity.toString())
                .inheritIO()
                .start()
                .waitFor();
    }

    private SftpLogin login(String user) {
        Key key = key(user);
        return new SftpLogin(
                () -> new Caller(key, "session", "127.0.0.1", Caller.SSH, null),
                turns::acquireUninterruptibly,
                () -> keys.isStillValid(key),
                PortedVm.ID,
                null);
    }

    /** What a user can do, without a client or a connection. */
    SftpCalls calls(String user) {
        return new SftpCalls(access, trail, files, login(user));
    }

    /** The same of one whose login, but not his API key, may end. */
    SftpCalls calls(String user, BooleanSupplier stillGood) {
        SftpLogin login = login(user);
        return new SftpCalls(
                access,
                trail,
                files,
                new SftpLogin(login.caller(), login.turn(), stillGood, login.vm(), login.guestUser()));
    }

    private Key key(String name) {
        return keys.list(each -> each.name().equals(name)).getFirst();
    }

    Key key(String name, Scope scope, @Nullable Policy policy) {
        return keys.create(new NewKey(name, Tenant.operator(), Set.of(scope), null, null, null, policy, Map.of()))
                .key();
    }

    /** One who reaches some folders alone. */
    void limited(String name, FileRule... rules) {
        key(name, Scope.FILES_VM, policy(rules));
    }

    /** Has him reach others from now on. */
    void limit(String name, FileRule... rules) {
        keys.setPolicy(key(name), policy(rules), Precondition.none(), Precondition.none());
    }

    private static Policy policy(FileRule... rules) {
        return new Policy(false, null, List.of(), false, List.of(rules), null);
    }

    /** All that the trail has, the oldest first. */
    List<AuditRecord> records() {
        trail.settle();
        return trail.after(0, AuditFilter.ALL).records();
    }

    void revoke(String name) {
        keys.revoke(key(name), Precondition.none());
    }

    /** How a client has ended. */
    record Ended(int code, String stdout, String stderr) {}

    /** Runs a command, whose options before the rest say how to get here. */
    Ended run(String command, List<String> arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(
                command,
                "-P",
                Integer.toString(port),
                "-i",
                identity.toString(),
                "-F",
                "/dev/null",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "GlobalKnownHostsFile=/dev/null",
                "-o",
                "LogLevel=ERROR"));
        all.addAll(arguments);
        Path out = Files.createTempFile(folder, "out", "");
        Path err = Files.createTempFile(folder, "err", "");
        Process process = new ProcessBuilder(all)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(100, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException("the client did not end: " + Files.readString(err));
        }
        return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** Runs these lines by {@code sftp -b}. */
    Ended batch(String user, String... lines) throws Exception {
        Path batch = Files.write(Files.createTempFile(folder, "batch", ""), List.of(lines));
        return run("sftp", List.of("-b", batch.toString(), user + "@127.0.0.1"));
    }

    Ended scp(String... arguments) throws Exception {
        return run("scp", List.of(arguments));
    }

    static String at(String user, Path path) {
        return user + "@127.0.0.1:" + path;
    }

    @Override
    public void close() throws IOException {
        server.stop(true);
        streams.close();
        operations.close();
        engine.close();
        trail.close();
        vm.close();
        agent.close();
    }
}
