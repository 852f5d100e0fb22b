// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.api.v2.admin.RegisterSshKey;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.node.AddNode;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.api.v2.vm.FreezeOptions;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.api.v2.vm.TrimOptions;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.MemoryAccountStore;
import dev.bellhop.server.access.MemoryKeyStore;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.access.ssh.MemorySshKeyStore;
import dev.bellhop.server.access.ssh.SshKeyStoreContract;
import dev.bellhop.server.access.ssh.SshKeys;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.clock.LocalGuestClocks;
import dev.bellhop.server.doctor.LocalDoctor;
import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeyRotation;
import dev.bellhop.server.encryption.MemoryRenewableContent;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileAttributes;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.LocalGuestFiles;
import dev.bellhop.server.forward.ForwardSettings;
import dev.bellhop.server.forward.Forwards;
import dev.bellhop.server.forward.guest.GuestTcpConnections;
import dev.bellhop.server.guest.AgentCalls;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.maintenance.LocalFileSystemMaintenance;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.login.LocalLogins;
import dev.bellhop.server.login.NewPassword;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.masking.Maskers;
import dev.bellhop.server.masking.Masks;
import dev.bellhop.server.masking.MemoryMaskStore;
import dev.bellhop.server.operation.MemoryOperationStore;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.policy.MemorySavedCommandStore;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.recording.MemoryRecordingStore;
import dev.bellhop.server.service.admin.AccountAdmin;
import dev.bellhop.server.service.admin.AuditReads;
import dev.bellhop.server.service.admin.EncryptionAdmin;
import dev.bellhop.server.service.admin.KeyAdmin;
import dev.bellhop.server.service.admin.MaskAdmin;
import dev.bellhop.server.service.admin.NodeAdmin;
import dev.bellhop.server.service.admin.PolicyAdmin;
import dev.bellhop.server.service.admin.SavedCommandAdmin;
import dev.bellhop.server.service.admin.SshKeyAdmin;
import dev.bellhop.server.service.admin.VmOwnership;
import dev.bellhop.server.service.file.FileServices;
import dev.bellhop.server.service.file.FileUpload;
import dev.bellhop.server.service.terminal.RecordingReads;
import dev.bellhop.server.service.terminal.TerminalControl;
import dev.bellhop.server.service.vm.Checkups;
import dev.bellhop.server.service.vm.FileSystemActions;
import dev.bellhop.server.service.vm.GuestClock;
import dev.bellhop.server.service.vm.GuestUsers;
import dev.bellhop.server.service.vm.OperationReads;
import dev.bellhop.server.service.vm.OperationStarts;
import dev.bellhop.server.service.vm.VmReads;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.terminal.TerminalSettings;
import dev.bellhop.server.terminal.Terminals;
import dev.bellhop.server.terminal.guest.AgentPtys;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vms.LocalVms;
import dev.bellhop.testkit.FakeAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every use case against every kind of caller, with no door in between. A use case without a row here fails the test. */
class UseCaseMatrixTest {
    private static final VmId VM = new VmId(1);
    private static final VmId OTHER_VM = new VmId(2);
    private static final String DIGEST = "sha256:" + "0".repeat(64);
    private static final ExecutionReads.Wanted NEWEST =
            new ExecutionReads.Wanted(Set.of(), Map.of(), null, null, null, 10);

    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
    private static final String FINGERPRINT = "SHA256:" + "A".repeat(43);
    private static final AtomicInteger SSH_KEYS = new AtomicInteger();
    private static final PowerOptions NO_OPTIONS = new PowerOptions(null, null);
    private static final OperationId OPERATION =
            OperationId.parse("019c1379-5a10-7cc3-8d25-6f1f7f3f2c11").orElseThrow();
    private static final Instant CREATED = Instant.parse("2026-03-01T00:00:00Z");

    @TempDir
    private static Path folder;

    private static final Deque<AutoCloseable> PARTS = new ArrayDeque<>();
    private static final Map<String, Key> CALLERS = new LinkedHashMap<>();
    private static AuditTrail audit;
    private static Keys keys;
    private static Accounts accounts;
    private static VmAccess vms;
    private static ExecutionAccess byId;
    private static AgentExec exec;
    private static ExecutionStarts starts;
    private static ExecutionReads reads;
    private static ExecutionControl control;
    private static VmReads vmReads;
    private static VmOwnership ownership;
    private static TerminalControl terminals;
    private static ForwardControl forwards;
    private static RecordingReads recordings;
    private static AccountAdmin accountAdmin;
    private static KeyAdmin keyAdmin;
    private static SshKeyAdmin sshKeyAdmin;
    private static PolicyAdmin policyAdmin;
    private static MaskAdmin maskAdmin;
    private static SavedCommandAdmin savedCommandAdmin;
    private static AuditReads auditReads;
    private static EncryptionAdmin encryptionAdmin;

    /** Of a server without nodes, which says so to those alone who may ask. */
    private static final NodeAdmin nodeAdmin = new NodeAdmin(null);

    private static final GuestPath FILE = GuestPath.of("/a").orElseThrow();
    private static final FileAttributes TIMES = new FileAttributes(null, null, null, 1L, 1L);
    private static final FileUpload UPLOAD =
            new FileUpload(FILE, null, 0, 0L, null, null, null, false, null, null, null, null);

    private static FileSystemActions fileSystems;
    private static OperationStarts operationStarts;
    private static FileServices files;
    private static OperationReads operationReads;
    private static GuestUsers guestUsers;
    private static GuestClock guestClock;
    private static Checkups checkups;
    private static String executionId = "";
    private static long pid;

    /**
     * What one use case answers.
     *
     * @param expected for each of the callers in their order: {@code +} it may, though the thing may be in the wrong state for it,
     *     {@code f} it is forbidden, {@code n} there is no such thing
     */
    record Row(UseCase useCase, String expected, Consumer<Permit> use) {
        @Override
        public String toString() {
            return useCase.action();
        }
    }

    /** The callers: operator, looker, runner, manager, tenant, stranger, elsewhere, labelled. */
    static Stream<Row> rows() {
        return Stream.of(
                new Row(UseCase.EXECUTION_START, "+f+f+nn+", p -> exec.start(vm(p), "x", () -> null)),
                new Row(UseCase.EXECUTION_START, "+f+f+nn+", UseCaseMatrixTest::start),
                new Row(UseCase.EXECUTION_CHECK, "+f+f+nn+", p -> starts.check(vm(p), command())),
                new Row(
                        UseCase.EXECUTION_FIND,
                        "+++++nnn",
                        p -> reads.find(execution(p), Duration.ZERO, false, false, bytes -> {})),
                new Row(UseCase.EXECUTION_LIST, "++++++++", p -> reads.list(p, NEWEST)),
                new Row(UseCase.EXECUTION_LIST, "+++++nn+", p -> reads.list(vm(p), NEWEST)),
                new Row(UseCase.EXECUTION_FOLLOW, "+f+f+nnn", p -> reads.follow(execution(p), false)),
                new Row(UseCase.EXECUTION_FOLLOW, "ffffffff", UseCaseMatrixTest::followRaw),
                new Row(UseCase.EXECUTION_OUTPUT, "+f+f+nnn", p -> reads.output(execution(p), false)),
                new Row(UseCase.EXECUTION_RESULT, "+f+f+nnn", p -> exec.read(vm(p), pid, false)),
                new Row(UseCase.EXECUTION_RESULT, "+++++nn+", p -> exec.read(vm(p), null, false)),
                new Row(UseCase.EXECUTION_CANCEL, "+f+f+nnn", p -> control.cancel(execution(p), Duration.ZERO)),
                new Row(UseCase.EXECUTION_SIGNAL, "+f+f+nnn", p -> control.signal(execution(p), 15)),
                new Row(UseCase.EXECUTION_STDIN, "+f+f+nnn", p -> control.stdin(execution(p))),
                new Row(UseCase.EXECUTION_APPROVE, "+f+f+nnn", p -> control.approve(execution(p), DIGEST)),
                new Row(UseCase.EXECUTION_REJECT, "+f+f+nnn", p -> control.reject(execution(p))),
                new Row(UseCase.VM_LIST, "++++++++", p -> vmReads.list(p, null)),
                new Row(UseCase.VM_LIST, "++++++++", p -> vmReads.visible(p, VM)),
                new Row(UseCase.VM_FIND, "+++++nn+", p -> vmReads.find(vm(p))),
                new Row(UseCase.VM_USAGE, "+++++nn+", p -> vmReads.usage(vm(p))),
                new Row(UseCase.VM_AGENT, "+++++nn+", p -> vmReads.report(vm(p))),
                new Row(
                        UseCase.VM_AVAILABILITY,
                        "+++++nn+",
                        p -> vmReads.availability(vm(p), Duration.ZERO, report -> true)),
                new Row(UseCase.VM_FSFREEZE_STATUS, "+++++nn+", p -> fileSystems.status(vm(p))),
                new Row(UseCase.VM_FSFREEZE, "+fffffff", p -> fileSystems.freeze(vm(p), new FreezeOptions(null, null))),
                new Row(UseCase.VM_FSTHAW, "+fffffff", p -> fileSystems.thaw(vm(p))),
                new Row(UseCase.VM_FSTRIM, "+fffffff", p -> fileSystems.trim(vm(p), new TrimOptions(null))),
                new Row(UseCase.VM_ASSIGN, "+fffffff", p -> ownership.assign(p, OTHER_VM, owner())),
                new Row(UseCase.VM_UNASSIGN, "+fffffff", p -> ownership.unassign(p, OTHER_VM)),
                new Row(UseCase.TERMINAL_OPEN, "+fffffff", p -> terminals.open(vm(p), shell())),
                new Row(UseCase.TERMINAL_LIST, "+fffffff", p -> terminals.list(vm(p))),
                new Row(UseCase.TERMINAL_FIND, "nfffffff", p -> terminals.find(vm(p), executionId)),
                new Row(UseCase.TERMINAL_TICKET, "nfffffff", p -> terminals.ticket(vm(p), executionId, false)),
                new Row(UseCase.TERMINAL_HANG_UP, "nfffffff", UseCaseMatrixTest::hangUp),
                new Row(UseCase.FORWARD_OPEN, "+fffffff", p -> forwards.open(vm(p), "localhost", 1)),
                new Row(UseCase.RECORDING_LIST, "+fffffff", p -> recordings.list(p, null, null, 9)),
                new Row(UseCase.RECORDING_FIND, "nfffffff", p -> recordings.find(p, executionId)),
                new Row(UseCase.RECORDING_READ, "nfffffff", p -> recordings.open(vm(p), executionId, false)),
                new Row(UseCase.FILE_READ, "+fffffff", p -> files.reads().open(vm(p), FILE, false)),
                new Row(UseCase.FILE_READ, "+fffffff", p -> files.trees().open(vm(p), FILE)),
                new Row(
                        UseCase.FILE_WRITE,
                        "+fffffff",
                        p -> files.trees().write(vm(p), FILE, null, InputStream.nullInputStream())),
                new Row(UseCase.FILE_FIND, "+fffffff", p -> files.reads().find(vm(p), FILE, true)),
                new Row(UseCase.FILE_LIST, "+fffffff", p -> files.reads().list(vm(p), FILE, null, 1)),
                new Row(
                        UseCase.FILE_WRITE,
                        "+fffffff",
                        p -> files.writes().write(vm(p), UPLOAD, InputStream.nullInputStream())),
                new Row(
                        UseCase.FILE_UPLOAD_FIND,
                        "+fffffff",
                        p -> files.writes().offset(vm(p), FILE, "upload-1")),
                new Row(
                        UseCase.FILE_UPLOAD_DELETE,
                        "+fffffff",
                        p -> files.writes().abandon(vm(p), FILE, "upload-1")),
                new Row(
                        UseCase.FILE_DELETE,
                        "+fffffff",
                        p -> files.changes().delete(vm(p), new FileChange.Delete(FILE, false))),
                new Row(
                        UseCase.FILE_MKDIR,
                        "+fffffff",
                        p -> files.changes().makeFolder(vm(p), new FileChange.MakeFolder(FILE, 0755), false)),
                new Row(
                        UseCase.FILE_RENAME,
                        "+fffffff",
                        p -> files.changes().rename(vm(p), new FileChange.Rename(FILE, FILE, false))),
                new Row(
                        UseCase.FILE_CHMOD,
                        "+fffffff",
                        p -> files.changes().chmod(vm(p), new FileChange.ChangeMode(FILE, 0644))),
                new Row(
                        UseCase.FILE_CHOWN,
                        "+fffffff",
                        p -> files.changes().chown(vm(p), new FileChange.ChangeOwner(FILE, "root"))),
                new Row(
                        UseCase.FILE_DELETE,
                        "+fffffff",
                        p -> files.changes().unlink(vm(p), new FileChange.Unlink(FILE, false))),
                new Row(
                        UseCase.FILE_ATTRIBUTES,
                        "+fffffff",
                        p -> files.changes()
                                .setAttributes(vm(p), new FileChange.SetAttributes(FILE, true, TIMES, null))),
                new Row(
                        UseCase.FILE_LINK,
                        "+fffffff",
                        p -> files.changes().link(vm(p), new FileChange.SymbolicLink(FILE, FILE.bytes()))),
                new Row(
                        UseCase.FILE_LINK,
                        "+fffffff",
                        p -> files.changes().link(vm(p), new FileChange.HardLink(FILE, FILE))),
                new Row(UseCase.FILE_SPACE, "+fffffff", p -> files.reads().space(vm(p), FILE)),
                new Row(
                        UseCase.FILE_READ,
                        "+fffffff",
                        p -> files.inPlace().open(vm(p), FILE, FileOpening.there(FileOpening.Access.READ, null))),
                new Row(
                        UseCase.FILE_WRITE,
                        "+fffffff",
                        p -> files.inPlace().open(vm(p), FILE, FileOpening.there(FileOpening.Access.WRITE, null))),
                new Row(UseCase.ACCOUNT_LIST, "+fffffff", p -> accountAdmin.list(p)),
                new Row(UseCase.ACCOUNT_CREATE, "+fffffff", p -> accountAdmin.create(p, "n")),
                new Row(UseCase.ACCOUNT_DELETE, "+fffffff", p -> accountAdmin.delete(p, newAccount())),
                new Row(UseCase.ACCOUNT_POLICY_READ, "nfffffff", p -> policyAdmin.ofAccount(p, newAccount())),
                new Row(
                        UseCase.ACCOUNT_POLICY_SET,
                        "+fffffff",
                        p -> policyAdmin.setOfAccount(p, newAccount(), UseCaseMatrixTest::policy)),
                new Row(UseCase.ACCOUNT_POLICY_DELETE, "+fffffff", p -> policyAdmin.deleteOfAccount(p, newAccount())),
                new Row(UseCase.METRICS_READ, "+fffffff", p -> new MetricsReads(() -> "text").read(p)),
                new Row(UseCase.KEY_LIST, "+ff+ffff", p -> keyAdmin.list(p)),
                new Row(UseCase.KEY_CREATE, "+ff+ffff", p -> keyAdmin.create(p, wantedKey(), Instant.now())),
                new Row(UseCase.KEY_REVOKE, "+ff+ffff", p -> keyAdmin.revoke(p, newKey(owner()))),
                new Row(UseCase.KEY_REVOKE, "+ffnffff", p -> keyAdmin.revoke(p, newKey(newAccount()))),
                new Row(UseCase.KEY_ROTATE, "+ff+ffff", p -> keyAdmin.rotate(p, newKey(owner()), () -> null)),
                new Row(UseCase.KEY_POLICY_READ, "nffnffff", p -> policyAdmin.ofKey(p, newKey(owner()))),
                new Row(
                        UseCase.KEY_POLICY_SET,
                        "+ff+ffff",
                        p -> policyAdmin.setOfKey(p, newKey(owner()), UseCaseMatrixTest::policy)),
                new Row(UseCase.KEY_POLICY_DELETE, "+ff+ffff", p -> policyAdmin.deleteOfKey(p, newKey(owner()))),
                new Row(UseCase.SSH_DOOR_FIND, "nnnnnnnn", p -> new SshEndpointReads(Optional::empty).find(p)),
                new Row(UseCase.SSH_KEY_LIST, "+ff+ffff", p -> sshKeyAdmin.list(p, newKey(owner()))),
                new Row(UseCase.SSH_KEY_LIST, "+ffnffff", p -> sshKeyAdmin.list(p, newKey(newAccount()))),
                new Row(
                        UseCase.SSH_KEY_REGISTER,
                        "+ff+ffff",
                        p -> sshKeyAdmin.register(p, newKey(owner()), UseCaseMatrixTest::sshKey, Instant.now())),
                new Row(
                        UseCase.SSH_KEY_REGISTER,
                        "+ffnffff",
                        p -> sshKeyAdmin.register(p, newKey(newAccount()), UseCaseMatrixTest::sshKey, Instant.now())),
                new Row(UseCase.SSH_KEY_REMOVE, "nffnffff", p -> sshKeyAdmin.remove(p, newKey(owner()), "none")),
                new Row(UseCase.MASK_LIST, "+ff+ffff", p -> maskAdmin.list(p, Optional.empty())),
                new Row(
                        UseCase.MASK_SET,
                        "+fffffff",
                        p -> maskAdmin.put(p, Optional.empty(), () -> new Mask("n", "hunter2"))),
                new Row(UseCase.MASK_DELETE, "nfffffff", p -> maskAdmin.delete(p, Optional.empty(), "none")),
                new Row(UseCase.SAVED_COMMAND_LIST, "++++++++", p -> savedCommandAdmin.list(p, Optional.empty())),
                new Row(
                        UseCase.SAVED_COMMAND_FIND,
                        "nnnnnnnn",
                        p -> savedCommandAdmin.versions(p, Optional.empty(), "none")),
                new Row(
                        UseCase.SAVED_COMMAND_SAVE,
                        "+fffffff",
                        p -> savedCommandAdmin.save(p, savedCommand(), Instant.now())),
                new Row(
                        UseCase.SAVED_COMMAND_DELETE,
                        "nffnffff",
                        p -> savedCommandAdmin.delete(p, Optional.empty(), "none")),
                new Row(UseCase.AUDIT_LIST, "+fffffff", p -> auditReads.list(p, AuditFilter.ALL, Long.MAX_VALUE, 1)),
                new Row(UseCase.AUDIT_EXPORT, "+fffffff", p -> auditReads.export(p, AuditFilter.ALL)),
                new Row(UseCase.ENCRYPTION_FIND, "+fffffff", p -> encryptionAdmin.status(p)),
                new Row(UseCase.ENCRYPTION_ROTATE, "+fffffff", p -> encryptionAdmin.rotate(p)),
                new Row(UseCase.NODE_LIST, "+fffffff", p -> nodeAdmin.list(p)),
                new Row(UseCase.NODE_FIND, "+fffffff", p -> nodeAdmin.find(p, "n")),
                new Row(UseCase.NODE_ADD, "+fffffff", p -> nodeAdmin.add(p, new AddNode("n", null))),
                new Row(UseCase.NODE_DRAIN, "+fffffff", p -> nodeAdmin.drain(p, "n")),
                new Row(UseCase.NODE_UNDRAIN, "+fffffff", p -> nodeAdmin.undrain(p, "n")),
                new Row(UseCase.NODE_REVOKE, "+fffffff", p -> nodeAdmin.revoke(p, "n")),
                new Row(UseCase.NODE_REMOVE, "+fffffff", p -> nodeAdmin.remove(p, "n")),
                new Row(UseCase.VM_MOVE, "+fffffff", p -> nodeAdmin.move(p, VM, "n")),
                new Row(
                        UseCase.GUEST_PASSWORD_SET,
                        "+fffffff",
                        p -> guestUsers.setPassword(vm(p), "root", new NewPassword("x", false))),
                new Row(UseCase.VM_DOCTOR, "+++++nn+", p -> checkups.examine(vm(p))),
                new Row(UseCase.SERVER_DOCTOR, "++++++++", p -> checkups.key(p)),
                new Row(UseCase.GUEST_TIME_SYNC, "+fffffff", p -> guestClock.sync(vm(p), null)),
                new Row(UseCase.GUEST_KEY_LIST, "+fffffff", p -> guestUsers.keys(vm(p), "root")),
                new Row(UseCase.GUEST_KEY_ADD, "+fffffff", p -> guestUsers.addKey(vm(p), "root", KEY, null)),
                new Row(UseCase.GUEST_KEY_REMOVE, "+fffffff", p -> guestUsers.removeKey(vm(p), "root", FINGERPRINT)),
                new Row(
                        UseCase.OPERATION_START,
                        "+fffffff",
                        p -> operationStarts.start(vm(p), OperationAction.STOP, NO_OPTIONS, () -> null)),
                new Row(
                        UseCase.OPERATION_FIND,
                        "+++++nn+",
                        p -> operationReads.find(p, OPERATION.toString(), Duration.ZERO)),
                new Row(UseCase.OPERATION_LIST, "+++++nn+", p -> operationReads.list(vm(p), null, 10)));
    }

    private static CreateTerminal shell() {
        return new CreateTerminal(80, 24, null, null, null, null, null);
    }

    private static void hangUp(Permit permit) {
        try {
            terminals.hangUp(vm(permit), executionId);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeAll
    static void start() throws Exception {
        FakeAgent agent = keep(FakeAgent.start(folder.resolve("a.sock")));
        AtomicLong pids = new AtomicLong(6);
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": " + pids.incrementAndGet() + "}"));
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        agent.on("guest-set-time", (request, wire) -> wire.reply("{}"));
        agent.on("guest-set-user-password", (request, wire) -> wire.reply("{}"));
        agent.on("guest-info", (request, wire) -> wire.reply("{\"version\": \"9.0\", \"supported_commands\": []}"));
        Clock clock = Clock.systemUTC();
        MemoryAuditStore trail = new MemoryAuditStore();
        MemorySavedCommandStore savedCommands = new MemorySavedCommandStore(trail);
        KeyFile encryptionKeys = new KeyFile(folder.resolve(KeyFile.NAME));
        ContentCipher cipher = ContentCipher.with(encryptionKeys, null);
        VmDirectory directory = keep(new VmDirectory(List.of(new OneVm(folder.resolve("a.sock")))));
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        AgentHealth health = new AgentHealth(clock);
        ExecutionEngine engine = keep(new ExecutionEngine(
                new MemoryStore(TestExecutions.unlimited(), trail),
                directory,
                OpenStreams.NONE,
                health,
                TestExecutions.DIRECT,
                clock,
                new ExecutionMetrics(metrics),
                StartCheck.owner(execution -> true)));
        ExecutionLookup executions = engine.executions();
        OperationStore stored = new MemoryOperationStore(trail);
        Operations operations =
                keep(new Operations(stored, directory, health, OperationSettings.defaults(), clock, operation -> true));
        Duration second = Duration.ofSeconds(1);
        LocalVms local = new LocalVms(directory, health, operations, second, second, clock, System::nanoTime);
        audit = keep(new AuditTrail(trail, clock));
        keys = new Keys(new MemoryKeyStore(trail), clock);
        accounts = new Accounts(new MemoryAccountStore(trail, savedCommands), keys, clock);
        SavedCommands saved = new SavedCommands(savedCommands);
        Masks masks = new Masks(new MemoryMaskStore(trail));
        WaiterLimit waiters = new WaiterLimit(CallerLimits.defaults(), metrics);
        Timeouts timeouts = Timeouts.defaults();
        PatternThrottle throttle = new PatternThrottle();
        PolicyCheck policy = new PolicyCheck(keys, accounts, throttle);
        MaskedOutput output = new MaskedOutput(executions.stored(), new Maskers(masks));
        ExecutionShow show = new ExecutionShow(engine, executions, keys, accounts, local);
        vms = new VmAccess(local, accounts);
        byId = new ExecutionAccess(executions, keys, accounts, () -> true);
        exec = new AgentExec(engine, executions, policy, output, vms, local, timeouts);
        starts = new ExecutionStarts(
                engine, byId, policy, new SavedRuns(saved, throttle), output, show, waiters, timeouts);
        reads = new ExecutionReads(executions, byId, accounts, output, show, waiters);
        control = new ExecutionControl(engine, executions, byId, show, policy, timeouts);
        vmReads = new VmReads(local, accounts, vms, keys, waiters, () -> true);
        ownership = new VmOwnership(local, accounts, engine::vmReassigned);
        AgentPtys noPtys = new AgentPtys(
                directory,
                health,
                (vm, command, deadline) -> {
                    throw new BellhopException(ErrorCode.AGENT_UNAVAILABLE, "Cannot open a terminal here");
                },
                "/run");
        terminals = new TerminalControl(
                keep(new Terminals(
                        noPtys, TerminalSettings.defaults(), (key, vm) -> true, Terminals.Recordings.NONE, clock)),
                false,
                vms,
                policy,
                audit);
        forwards = new ForwardControl(
                keep(new Forwards(
                        new GuestTcpConnections(
                                keep(new GuestStreams(directory, folder, new SimpleMeterRegistry())), noPtys),
                        ForwardSettings.defaults(),
                        (key, vm) -> true,
                        ended -> {},
                        clock)),
                false,
                vms,
                new ForwardPolicy(keys, accounts));
        recordings =
                new RecordingReads(new MemoryRecordingStore(trail), keys, accounts, new Maskers(masks), () -> true);
        files = FileServices.of(
                new LocalGuestFiles(
                        engine.guests(),
                        health,
                        new GuestStreams(directory, folder, new SimpleMeterRegistry()),
                        FileSettings.defaults()),
                FileSettings.defaults(),
                vms,
                keys,
                accounts,
                () -> true);
        fileSystems = new FileSystemActions(
                keep(new LocalFileSystemMaintenance(directory, health, folder, clock, vm -> () -> {})), vms, waiters);
        operationStarts = new OperationStarts(local, OperationSettings.defaults());
        operationReads = new OperationReads(operations, keys, accounts, waiters, () -> true);
        guestUsers = new GuestUsers(new LocalLogins(new AgentCalls(directory, health), engine::script), clock);
        guestClock = new GuestClock(new LocalGuestClocks(new AgentCalls(directory, health), clock));
        checkups = new Checkups(
                new LocalDoctor(
                        new AgentCalls(directory, health),
                        health,
                        engine::script,
                        engine::isSupervised,
                        "/spool",
                        clock),
                vms);
        accountAdmin = new AccountAdmin(accounts, saved);
        keyAdmin = new KeyAdmin(keys, accounts);
        sshKeyAdmin = new SshKeyAdmin(new SshKeys(new MemorySshKeyStore(trail), keys, clock), keys);
        policyAdmin = new PolicyAdmin(keys, accounts);
        maskAdmin = new MaskAdmin(masks, accounts);
        savedCommandAdmin = new SavedCommandAdmin(saved, accounts, throttle, (tenant, name) -> {});
        auditReads = new AuditReads(audit);
        encryptionAdmin =
                new EncryptionAdmin(keep(new KeyRotation(cipher, encryptionKeys, new MemoryRenewableContent(cipher))));

        Account owner = accounts.create("owner");
        accounts.assign(VM, owner);
        stored.insert(ended(owner.tenant())).join();
        Tenant other = accounts.create("other").tenant();
        caller("operator", Tenant.operator(), Scope.ADMIN, null, Map.of());
        caller("looker", Tenant.operator(), Scope.READ_VM, null, Map.of());
        caller("runner", Tenant.operator(), Scope.WRITE_VM, null, Map.of());
        caller("manager", owner.tenant(), Scope.ADMIN_ACCOUNT, null, Map.of());
        caller("tenant", owner.tenant(), Scope.WRITE_VM, null, Map.of());
        caller("stranger", other, Scope.WRITE_VM, null, Map.of());
        caller("elsewhere", Tenant.operator(), Scope.WRITE_VM, Set.of(OTHER_VM), Map.of());
        caller("labelled", Tenant.operator(), Scope.WRITE_VM, null, Map.of("team", "db"));
        Execution started = Permit.during(
                note("tenant", UseCase.EXECUTION_START), permit -> exec.start(vm(permit), "x", () -> null));
        executionId = started.id().toString();
        pid = Objects.requireNonNull(started.pid());
        Permit.during(
                note("tenant", UseCase.EXECUTION_FIND),
                permit -> reads.find(execution(permit), Duration.ofSeconds(10), false, false, bytes -> {}));
    }

    /** An operation in VM 1 that a key of this tenant has asked for. */
    private static Operation ended(Tenant tenant) {
        OperationRequest request =
                new OperationRequest(OperationAction.STOP, false, Duration.ZERO, "000000000000", tenant, null);
        return new Operation(
                OPERATION, VM, request, OperationState.FAILED, List.of(), CREATED, CREATED, "it could not");
    }

    private static <T extends AutoCloseable> T keep(T part) {
        PARTS.push(part);
        return part;
    }

    private static void caller(
            String name, Tenant tenant, Scope scope, @Nullable Set<VmId> only, Map<String, String> labels) {
        CALLERS.put(
                name,
                keys.create(new NewKey(name, tenant, Set.of(scope), only, null, null, null, labels))
                        .key());
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable part : PARTS) {
            part.close();
        }
    }

    private static AuditNote note(String caller, UseCase useCase) {
        Key key = Objects.requireNonNull(CALLERS.get(caller), caller);
        return new AuditNote(audit, new Caller(key, "request", null, null, null), useCase);
    }

    private static VisibleVm vm(Permit permit) {
        return vms.find(permit, VM);
    }

    private static VisibleExecution execution(Permit permit) {
        return byId.find(permit, executionId);
    }

    private static CreateExecution command() {
        return CreateExecution.command("x").build();
    }

    private static void start(Permit permit) {
        try (ExecutionStarts.Begun begun =
                starts.begin(vm(permit), command(), () -> null, Duration.ZERO, begin -> begin)) {
            starts.await(begun, bytes -> true);
        }
    }

    /** Whoever lacks a scope is refused for that; who has it, for the other one that raw output takes. */
    private static void followRaw(Permit permit) {
        try {
            reads.follow(execution(permit), true);
        } catch (BellhopException e) {
            throw e.code() == ErrorCode.NOT_FOUND ? new BellhopException(ErrorCode.FORBIDDEN, "hidden") : e;
        }
    }

    private static String owner() {
        return String.valueOf(accounts.ownerOf(VM).accountId());
    }

    private static String newAccount() {
        return String.valueOf(accounts.create("n").tenant().accountId());
    }

    private static String newKey(String account) {
        return keys.create(new NewKey(
                        "n", Tenant.account(account), Set.of(Scope.READ_VM), null, null, null, null, Map.of()))
                .key()
                .id();
    }

    private static CreateKey wantedKey() {
        return new CreateKey("n", List.of("read:vm"), null, null, null, null, null, null);
    }

    private static RegisterSshKey sshKey() {
        return new RegisterSshKey(
                SshKeyStoreContract.publicKey(SSH_KEYS.incrementAndGet()).line(), null, null, null, null);
    }

    private static PolicyDocument policy() {
        return new PolicyDocument(true, null, null, null, null, null);
    }

    private static CreateSavedCommand savedCommand() {
        return new CreateSavedCommand(
                "there", null, null, null, List.of("x"), null, null, null, null, null, null, null);
    }

    private static char outcome(String caller, Row row) {
        AuditNote note = note(caller, row.useCase);
        try {
            Permit.during(note, permit -> {
                row.use.accept(permit);
                return "";
            });
            note.ended(null, null);
            return '+';
        } catch (BellhopException e) {
            note.ended(e.code(), null);
            return switch (e.code()) {
                case FORBIDDEN -> 'f';
                case NOT_FOUND -> 'n';
                case EXECUTION_ENDED, NOT_AWAITING_APPROVAL, NOT_SUPPORTED, NOT_IMPLEMENTED, AGENT_UNAVAILABLE -> '+';
                default -> throw e;
            };
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whoMayDoWhat(Row row) {
        assertThat(CALLERS.keySet().stream()
                        .map(caller -> String.valueOf(outcome(caller, row)))
                        .collect(Collectors.joining()))
                .as("%s of %s", row, CALLERS.keySet())
                .isEqualTo(row.expected);
    }

    @Test
    void everyUseCaseHasARow() {
        assertThat(rows().map(Row::useCase).collect(Collectors.toSet())).isEqualTo(EnumSet.allOf(UseCase.class));
    }

    /** What asks for no permit of its own is caught here: it would do its work with another's. */
    @ParameterizedTest
    @MethodSource("rows")
    void noUseCaseTakesThePermitOfAnother(Row row) {
        UseCase other = row.useCase == UseCase.AUDIT_LIST ? UseCase.VM_LIST : UseCase.AUDIT_LIST;
        assertThatThrownBy(() -> Permit.during(note("operator", other), permit -> {
                    row.use.accept(permit);
                    return "";
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("leave for " + other);
    }

    /** What no use case has allowed is no answer: a door that forgets to ask fails with each request. */
    @Test
    void anAnswerWithoutItsUseCaseFails() {
        assertThatThrownBy(() -> Permit.during(note("operator", UseCase.VM_LIST), permit -> "answer"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("VM_LIST was answered and not asked");
    }

    @Test
    void theTrailNamesTheUseCaseWhereNoDoorDoes() {
        AuditNote changed = note("runner", UseCase.EXECUTION_START);
        Permit.during(changed, permit -> exec.start(vm(permit), "x", () -> null));
        changed.ended(null, null);
        AuditNote refused = note("stranger", UseCase.EXECUTION_OUTPUT);
        assertThatThrownBy(() -> Permit.during(refused, permit -> reads.output(execution(permit), false)))
                .isInstanceOf(BellhopException.class);
        refused.ended(ErrorCode.NOT_FOUND, null);
        audit.settle();

        List<AuditRecord> records =
                audit.before(Long.MAX_VALUE, AuditFilter.ALL, 1000).records();
        assertThat(records)
                .anyMatch(record -> record.action().equals("execution.start")
                        && record.outcome().equals("done")
                        && key("runner").equals(record.keyId()))
                .anyMatch(record -> record.action().equals("execution.output")
                        && record.outcome().equals("refused")
                        && key("stranger").equals(record.keyId()));
    }

    private static String key(String caller) {
        return Objects.requireNonNull(CALLERS.get(caller)).id();
    }

    /** A hypervisor of VM 1, which runs. */
    private static final class OneVm implements Hypervisor, VirtualMachine {
        private final GuestAgent agent;

        OneVm(Path socket) {
            agent = AgentClient.onUnixSocket(socket, GuestAgentOptions.defaults());
        }

        @Override
        public SortedSet<VmId> vms() {
            return new TreeSet<>(Set.of(VM));
        }

        @Override
        public Optional<VirtualMachine> find(VmId id) {
            return id.equals(VM) ? Optional.of(this) : Optional.empty();
        }

        @Override
        public VmId id() {
            return VM;
        }

        @Override
        public GuestAgent agent() {
            return agent;
        }

        @Override
        public VmState state(Deadline deadline) {
            return VmState.of(PowerState.RUNNING);
        }

        @Override
        public void close() {
            agent.close();
        }
    }
}
