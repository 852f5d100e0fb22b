// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Json;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.v1.AgentAvailability;
import dev.bellhop.api.v1.Envelope;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecResult;
import dev.bellhop.api.v1.ExecStarted;
import dev.bellhop.api.v1.JobStarted;
import dev.bellhop.api.v1.JobStatus;
import dev.bellhop.api.v1.StatusChange;
import dev.bellhop.api.v1.VmStatus;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.api.v2.admin.CreateAccount;
import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.admin.EncryptionView;
import dev.bellhop.api.v2.admin.KeyView;
import dev.bellhop.api.v2.admin.MaskPattern;
import dev.bellhop.api.v2.admin.PolicyDecision;
import dev.bellhop.api.v2.admin.PolicyDocument;
import dev.bellhop.api.v2.admin.RegisterSshKey;
import dev.bellhop.api.v2.admin.RotateKey;
import dev.bellhop.api.v2.admin.SavedCommandView;
import dev.bellhop.api.v2.admin.SshDoorView;
import dev.bellhop.api.v2.admin.SshKeyList;
import dev.bellhop.api.v2.admin.SshKeyView;
import dev.bellhop.api.v2.execution.ApproveExecution;
import dev.bellhop.api.v2.execution.CancelExecution;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.execution.SignalExecution;
import dev.bellhop.api.v2.execution.StdinPosition;
import dev.bellhop.api.v2.forward.CreateForward;
import dev.bellhop.api.v2.forward.ForwardTicket;
import dev.bellhop.api.v2.forward.ForwardView;
import dev.bellhop.api.v2.guest.AddAuthorizedKey;
import dev.bellhop.api.v2.guest.AuthorizedKeyList;
import dev.bellhop.api.v2.guest.AuthorizedKeyView;
import dev.bellhop.api.v2.guest.CheckupView;
import dev.bellhop.api.v2.guest.ClockView;
import dev.bellhop.api.v2.guest.ServerCheckupView;
import dev.bellhop.api.v2.guest.SetPassword;
import dev.bellhop.api.v2.guest.SyncTime;
import dev.bellhop.api.v2.node.AddNode;
import dev.bellhop.api.v2.node.JoinNode;
import dev.bellhop.api.v2.node.JoinedNode;
import dev.bellhop.api.v2.node.NodeToken;
import dev.bellhop.api.v2.node.NodeView;
import dev.bellhop.api.v2.node.RemovedNode;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.api.v2.terminal.CreateTicket;
import dev.bellhop.api.v2.terminal.RecordingView;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.api.v2.vm.AgentView;
import dev.bellhop.api.v2.vm.AssignVm;
import dev.bellhop.api.v2.vm.AvailabilityView;
import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.api.v2.vm.FileSystemTrim;
import dev.bellhop.api.v2.vm.FreezeOptions;
import dev.bellhop.api.v2.vm.MoveVm;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.api.v2.vm.TrimOptions;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.api.v2.vm.VmUsageView;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/**
 * A typed client of a Bellhop server: one method an operation of {@code openapi.yaml}, nothing cached, and nothing retried
 * but the connection of {@link #events}.
 *
 * <p>Every method throws {@link BellhopApiException} when the server answers with an error, {@link
 * BellhopTransportException} when no answer of a server comes back within the timeout, and {@link InterruptedException}
 * when the thread is interrupted while it waits. Thread safe; close it to give up its connections.
 */
public final class BellhopClient implements AutoCloseable {

    /** The longest that the server holds an answer back until an execution has ended. */
    public static final Duration MAX_WAIT = Duration.ofSeconds(60);

    /** The guest's hooks take their time. */
    private static final Duration MAX_FREEZE = Duration.ofSeconds(90);

    private static final Duration MAX_TRIM = Duration.ofMinutes(11);

    private final Transport transport;

    /**
     * A client that has not connected yet.
     *
     * @param url where the server is, such as {@code http://127.0.0.1:8080}; a path in it stands before every path
     * @param key the API key
     * @param connectTimeout how long a connection may take to come about
     * @param requestTimeout how long each answer may take as a whole
     * @throws IllegalArgumentException if the url is none that a server can have, with a message for a person
     */
    public BellhopClient(URI url, String key, Duration connectTimeout, Duration requestTimeout) {
        this(url, key, null, connectTimeout, requestTimeout);
    }

    /**
     * As the other, for a server whose certificate is signed by an authority of its own.
     *
     * @param authorities who may have signed the certificate of an {@code https} server; absent for those that the JDK
     *     trusts
     */
    public BellhopClient(
            URI url,
            String key,
            @Nullable TrustedAuthorities authorities,
            Duration connectTimeout,
            Duration requestTimeout) {
        this(new Transport(url, key, authorities, connectTimeout, requestTimeout));
    }

    private BellhopClient(Transport transport) {
        this.transport = transport;
    }

    /** A client that has no key, for {@link #joinNode} alone. */
    public static BellhopClient withoutKey(
            URI url, @Nullable TrustedAuthorities authorities, Duration connectTimeout, Duration requestTimeout) {
        return new BellhopClient(new Transport(url, null, authorities, connectTimeout, requestTimeout));
    }

    /**
     * Starts a command and returns once the guest has given its pid. After a timeout or a broken connection it may have been
     * started all the same.
     *
     * @param command text for the guest's shell, at most {@link ExecRequest#MAX_COMMAND_LENGTH} characters
     */
    public ExecStarted exec(long vmid, String command) throws InterruptedException {
        HttpAnswer answer = transport.post(exec(vmid), new ExecRequest(command));
        return data(answer, new TypeReference<>() {});
    }

    /** How the newest command with that pid in that VM stands, or how it ended. */
    public ExecResult result(long vmid, long pid) throws InterruptedException {
        return data(transport.get(exec(vmid) + "?pid=" + pid), new TypeReference<>() {});
    }

    /** Whether commands can be run in that VM now. */
    public AgentAvailability availability(long vmid) throws InterruptedException {
        return data(transport.get(exec(vmid)), new TypeReference<>() {});
    }

    /**
     * Whether commands can be run in that VM, and why not.
     *
     * @param known what the caller knows already, as in {@link AvailabilityView#availability()}: the answer is held back for
     *     as long as it is that; absent: until commands can be run
     * @param wait how long the answer is held back at most, up to {@link #MAX_WAIT}
     */
    public AvailabilityView awaitAvailability(long vmid, @Nullable String known, Duration wait)
            throws InterruptedException {
        String path = new PathAndQuery("/api/v2/vps/" + vmid + "/availability")
                .wait(wait)
                .with("while", known)
                .toString();
        return body(transport.get(path, wait), new TypeReference<>() {});
    }

    /** The state of a VM, its agent and its recent commands. */
    public VmStatus status(long vmid) throws InterruptedException {
        return data(transport.get("/api/vm/" + vmid + "/status"), new TypeReference<>() {});
    }

    /**
     * Begins to start, shut down, stop or restart a VM.
     *
     * @param force whether a guest that does not switch itself off may be switched off
     */
    public JobStarted changeStatus(long vmid, String action, boolean force) throws InterruptedException {
        HttpAnswer answer =
                transport.post("/api/vm/" + vmid + "/status", new StatusChange(action, force ? true : null));
        return data(answer, new TypeReference<>() {});
    }

    /** How a job stands. */
    public JobStatus job(String id) throws InterruptedException {
        return data(transport.get("/api/jobs/" + Transport.encode(id)), new TypeReference<>() {});
    }

    /**
     * Begins an operation on a VM. After a timeout or a broken connection it may have begun all the same; with an idempotency
     * key the same call again gives the same operation.
     *
     * @param action {@code start}, {@code shutdown}, {@code stop}, {@code restart} or {@code reset}
     * @param idempotencyKey the caller's own name for it, 1 to 255 visible characters of ASCII
     */
    public OperationView operate(long vmid, String action, PowerOptions options, @Nullable String idempotencyKey)
            throws InterruptedException {
        Map<String, String> headers = idempotencyKey == null ? Map.of() : Map.of("Idempotency-Key", idempotencyKey);
        String path = "/api/v2/vps/" + vmid + "/actions/" + Transport.encode(action);
        return body(transport.post(path, options, Duration.ZERO, headers), new TypeReference<>() {});
    }

    /**
     * How an operation stands.
     *
     * @param wait for how long at most to wait for the end of it, up to {@link #MAX_WAIT}
     */
    public OperationView operation(String id, Duration wait) throws InterruptedException {
        String path = new PathAndQuery("/api/v2/operations/" + Transport.encode(id))
                .wait(wait)
                .toString();
        return body(transport.get(path, wait), new TypeReference<>() {});
    }

    /** The operations on a VM, newest first. */
    public Page<OperationView> operations(long vmid, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        return body(
                transport.get(page("/api/v2/vps/" + vmid + "/operations", limit, cursor)), new TypeReference<>() {});
    }

    /** Opens a terminal; its ticket is for {@link #enter}. */
    public TerminalView openTerminal(long vmid, CreateTerminal wanted) throws InterruptedException {
        return body(transport.post(terminals(vmid), wanted), new TypeReference<>() {});
    }

    /** The terminals of a VM, newest first. */
    public Page<TerminalView> listTerminals(long vmid) throws InterruptedException {
        return body(transport.get(terminals(vmid)), new TypeReference<>() {});
    }

    public TerminalView terminal(long vmid, String id) throws InterruptedException {
        return body(transport.get(terminals(vmid) + "/" + Transport.encode(id)), new TypeReference<>() {});
    }

    /** Hangs up; returns once the terminal has ended. */
    public void closeTerminal(long vmid, String id) throws InterruptedException {
        transport.delete(terminals(vmid) + "/" + Transport.encode(id));
    }

    /** A ticket for a terminal that this key has opened. */
    public TerminalTicket terminalTicket(long vmid, String id, boolean readOnly) throws InterruptedException {
        return body(
                transport.post(terminals(vmid) + "/" + Transport.encode(id) + "/tickets", new CreateTicket(readOnly)),
                new TypeReference<>() {});
    }

    /**
     * Enters a terminal.
     *
     * @param seen how many bytes of what it printed were seen before; absent for whoever is new there
     */
    public TerminalConnection enter(TerminalTicket ticket, @Nullable Long seen, TerminalConnection.Screen screen)
            throws InterruptedException {
        return transport.socket(ticket.socket() + (seen == null ? "" : "?offset=" + seen), ticket, screen);
    }

    /** Has the guest connect to a host and a port; the ticket is for {@link #take}. */
    public ForwardView openForward(long vmid, CreateForward wanted) throws InterruptedException {
        return body(transport.post("/api/v2/vps/" + vmid + "/forwards", wanted), new TypeReference<>() {});
    }

    /** Takes a connection that a guest has made, by its WebSocket. */
    public ForwardConnection take(ForwardTicket ticket, ForwardConnection.Sink sink) throws InterruptedException {
        return transport.socket(ticket, sink);
    }

    /**
     * Recordings of terminals, newest first.
     *
     * @param vmid of which VM alone; absent for any
     */
    public Page<RecordingView> recordings(@Nullable Long vmid, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        String path = new PathAndQuery("/api/v2/recordings")
                .with("vmid", vmid)
                .with("limit", limit)
                .with("cursor", cursor)
                .toString();
        return body(transport.get(path), new TypeReference<>() {});
    }

    /** What is known of the recording of a terminal. */
    public RecordingView recording(String id) throws InterruptedException {
        return body(transport.get("/api/v2/recordings/" + Transport.encode(id)), new TypeReference<>() {});
    }

    /**
     * The recording of a terminal, as an asciicast. The stream fails where the connection breaks; it is to be closed.
     *
     * @param raw whether it comes as it was made, unmasked and with what was typed
     */
    public InputStream readRecording(long vmid, String id, boolean raw) throws InterruptedException {
        return transport.open(new PathAndQuery(terminals(vmid) + "/" + Transport.encode(id) + "/recording")
                .with("raw", raw ? true : null)
                .toString());
    }

    private static String terminals(long vmid) {
        return "/api/v2/vps/" + vmid + "/terminals";
    }

    /** The files of a VM's guest. */
    public GuestFilesClient files(long vmid) {
        return new GuestFilesClient(transport, vmid);
    }

    /** The VMs that the key may see, by ascending vmid. */
    public Page<VmSummary> listVms(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException {
        return body(transport.get(page("/api/v2/vps", limit, cursor)), new TypeReference<>() {});
    }

    /** The same, of those that people call exactly so. */
    public Page<VmSummary> listVms(String name, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        String path = new PathAndQuery("/api/v2/vps")
                .with("name", name)
                .with("limit", limit)
                .with("cursor", cursor)
                .toString();
        return body(transport.get(path), new TypeReference<>() {});
    }

    /** A VM, with whether its agent is available. */
    public VmSummary vm(long vmid) throws InterruptedException {
        return body(transport.get("/api/v2/vps/" + vmid), new TypeReference<>() {});
    }

    /** What a VM does, has and uses, as its hypervisor sees it. */
    public VmUsageView usage(long vmid) throws InterruptedException {
        return body(transport.get("/api/v2/vps/" + vmid + "/status"), new TypeReference<>() {});
    }

    /** What a VM's guest tells of itself. */
    public AgentView agent(long vmid) throws InterruptedException {
        return body(transport.get("/api/v2/vps/" + vmid + "/agent"), new TypeReference<>() {});
    }

    /** Sets the password of a user of a VM's guest. */
    public void setPassword(long vmid, SetPassword wanted) throws InterruptedException {
        transport.post("/api/v2/vps/" + vmid + "/actions/set-password", wanted);
    }

    /** The SSH keys that a VM's guest accepts for a user. */
    public AuthorizedKeyList authorizedKeys(long vmid, String user) throws InterruptedException {
        return body(transport.get(keys(vmid).with("user", user).toString()), new TypeReference<>() {});
    }

    /** Has a VM's guest accept an SSH key for a user; one that it accepts already is not added twice. */
    public AuthorizedKeyView addAuthorizedKey(long vmid, AddAuthorizedKey wanted) throws InterruptedException {
        return body(transport.post(keys(vmid).toString(), wanted), new TypeReference<>() {});
    }

    /** Has a VM's guest accept an SSH key for a user no more. */
    public void removeAuthorizedKey(long vmid, String user, String fingerprint) throws InterruptedException {
        transport.delete(
                keys(vmid).with("user", user).with("fingerprint", fingerprint).toString());
    }

    /** Sets the clock of a VM's guest. */
    public ClockView syncTime(long vmid, SyncTime wanted) throws InterruptedException {
        return body(transport.post("/api/v2/vps/" + vmid + "/actions/sync-time", wanted), new TypeReference<>() {});
    }

    /** What is amiss with a VM and its guest. */
    public CheckupView checkup(long vmid) throws InterruptedException {
        return body(transport.get("/api/v2/vps/" + vmid + "/doctor"), new TypeReference<>() {});
    }

    /** The server's version, and what the key of this client may do. */
    public ServerCheckupView checkup() throws InterruptedException {
        return body(transport.get("/api/v2/doctor"), new TypeReference<>() {});
    }

    private static PathAndQuery keys(long vmid) {
        return new PathAndQuery("/api/v2/vps/" + vmid + "/ssh-keys");
    }

    /** Whether the file systems of a VM's guest are frozen. */
    public FileSystemFreeze fileSystemFreeze(long vmid) throws InterruptedException {
        return body(transport.get(freezePath(vmid), MAX_FREEZE), new TypeReference<>() {});
    }

    /** Freezes the file systems of a VM's guest, which are thawed by themselves later. */
    public FileSystemFreeze freezeFileSystems(long vmid, FreezeOptions options) throws InterruptedException {
        return body(transport.post(freezePath(vmid), options, MAX_FREEZE, Map.of()), new TypeReference<>() {});
    }

    /** Thaws the file systems of a VM's guest, whoever has frozen them. */
    public FileSystemFreeze thawFileSystems(long vmid) throws InterruptedException {
        return body(transport.delete(freezePath(vmid), MAX_FREEZE), new TypeReference<>() {});
    }

    private static String freezePath(long vmid) {
        return "/api/v2/vps/" + vmid + "/fsfreeze";
    }

    /** Has the file systems of a VM's guest tell their disks what is not in use, which may take minutes. */
    public FileSystemTrim trimFileSystems(long vmid, TrimOptions options) throws InterruptedException {
        String path = "/api/v2/vps/" + vmid + "/actions/fstrim";
        return body(transport.post(path, options, MAX_TRIM, Map.of()), new TypeReference<>() {});
    }

    /**
     * Gives a VM to an account, whoever had it before. What was started in it under another account is not seen by its keys.
     *
     * @param vmid of a VM, which need not be there
     */
    public void assignVm(long vmid, String account) throws InterruptedException {
        transport.post("/api/v2/vps/" + vmid + "/actions/assign", new AssignVm(account));
    }

    /** Takes a VM from the account that has it; does nothing when none has. */
    public void unassignVm(long vmid) throws InterruptedException {
        transport.post("/api/v2/vps/" + vmid + "/actions/unassign", Map.of());
    }

    /** Gives a VM to the node that it is on now, whichever had it. */
    public void moveVm(long vmid, String node) throws InterruptedException {
        transport.post("/api/v2/vps/" + vmid + "/actions/move", new MoveVm(node));
    }

    /** The nodes of the cluster, by their names. */
    public Page<NodeView> listNodes(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException {
        return body(transport.get(page("/api/v2/nodes", limit, cursor)), new TypeReference<>() {});
    }

    /** A node. */
    public NodeView node(String name) throws InterruptedException {
        return body(transport.get(nodePath(name)), new TypeReference<>() {});
    }

    /**
     * Adds a node, or lets one that is known join again. Its token is in the answer and nowhere else.
     *
     * @param expiresInSeconds how long it may join by that; absent for an hour
     */
    public NodeToken addNode(String name, @Nullable Integer expiresInSeconds) throws InterruptedException {
        return body(transport.post("/api/v2/nodes", new AddNode(name, expiresInSeconds)), new TypeReference<>() {});
    }

    /**
     * Joins as a node, for which no key is needed. The same call again gives the same again until the token expires.
     *
     * @param publicKey of the key that the node has made
     */
    public JoinedNode joinNode(String token, String publicKey) throws InterruptedException {
        return body(
                transport.post("/api/v2/nodes/actions/join", new JoinNode(token, publicKey)), new TypeReference<>() {});
    }

    /** Has a node start nothing new. */
    public NodeView drainNode(String name) throws InterruptedException {
        return onNode(name, "drain");
    }

    /** Lets a drained node start commands again. */
    public NodeView undrainNode(String name) throws InterruptedException {
        return onNode(name, "undrain");
    }

    /** Cuts a node off. */
    public NodeView revokeNode(String name) throws InterruptedException {
        return onNode(name, "revoke");
    }

    /** Forgets a node that is gone, and frees its VMs. */
    public RemovedNode removeNode(String name) throws InterruptedException {
        return body(transport.delete(nodePath(name)), new TypeReference<>() {});
    }

    private NodeView onNode(String name, String action) throws InterruptedException {
        return body(transport.post(nodePath(name) + "/actions/" + action, Map.of()), new TypeReference<>() {});
    }

    private static String nodePath(String name) {
        return "/api/v2/nodes/" + Transport.encode(name);
    }

    /** Makes an account. */
    public AccountView createAccount(String name) throws InterruptedException {
        return body(transport.post("/api/v2/accounts", new CreateAccount(name)), new TypeReference<>() {});
    }

    /** The accounts, oldest first. */
    public Page<AccountView> listAccounts(@Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        return body(transport.get(page("/api/v2/accounts", limit, cursor)), new TypeReference<>() {});
    }

    /** Deletes an account for good, if it has no VMs and no valid keys. */
    public void deleteAccount(String id) throws InterruptedException {
        transport.delete("/api/v2/accounts/" + Transport.encode(id));
    }

    /**
     * What is masked in output.
     *
     * @param account whose; absent for the key's own account, or the operator's own commands
     */
    public Page<MaskPattern> listMasks(@Nullable String account) throws InterruptedException {
        String path = new PathAndQuery("/api/v2/masks").with("account", account).toString();
        return body(transport.get(path), new TypeReference<>() {});
    }

    /** Masks what a pattern finds, in place of one with the same name; as {@link #listMasks}. */
    public MaskPattern createMask(MaskPattern wanted, @Nullable String account) throws InterruptedException {
        String path = new PathAndQuery("/api/v2/masks").with("account", account).toString();
        return body(transport.post(path, wanted), new TypeReference<>() {});
    }

    /** Masks no more what a pattern finds; as {@link #listMasks}. */
    public void deleteMask(String name, @Nullable String account) throws InterruptedException {
        transport.delete(new PathAndQuery("/api/v2/masks/" + Transport.encode(name))
                .with("account", account)
                .toString());
    }

    /** Makes a key. Its secret is in the answer and nowhere else. */
    public CreatedKey createKey(CreateKey wanted) throws InterruptedException {
        return body(transport.post("/api/v2/keys", wanted), new TypeReference<>() {});
    }

    /** The keys, oldest first, expired and revoked ones included. */
    public Page<KeyView> listKeys(@Nullable Integer limit, @Nullable String cursor) throws InterruptedException {
        return body(transport.get(page("/api/v2/keys", limit, cursor)), new TypeReference<>() {});
    }

    /**
     * Gives a key another secret, which is in the answer and nowhere else.
     *
     * @param overlapSeconds how long the one that there is stays valid; absent for no longer
     */
    public CreatedKey rotateKey(String id, @Nullable Integer overlapSeconds) throws InterruptedException {
        String path = "/api/v2/keys/" + Transport.encode(id) + "/actions/rotate";
        return body(transport.post(path, new RotateKey(overlapSeconds)), new TypeReference<>() {});
    }

    /** Revokes a key; does nothing when it is revoked already. */
    public void revokeKey(String id) throws InterruptedException {
        transport.delete("/api/v2/keys/" + Transport.encode(id));
    }

    /**
     * Has a public SSH key stand for an API key at the SSH door. The same again changes its label and its expiry alone.
     *
     * @param keyId the id of the API key
     */
    public SshKeyView registerSshKey(String keyId, RegisterSshKey wanted) throws InterruptedException {
        return body(transport.post(sshKeys(keyId), wanted), new TypeReference<>() {});
    }

    /** The SSH keys that stand for an API key, oldest first, expired ones included. */
    public SshKeyList listSshKeys(String keyId) throws InterruptedException {
        return body(transport.get(sshKeys(keyId)), new TypeReference<>() {});
    }

    /** Ends an SSH key of an API key. */
    public void removeSshKey(String keyId, String sshKeyId) throws InterruptedException {
        transport.delete(sshKeys(keyId) + "/" + Transport.encode(sshKeyId));
    }

    /** Where the SSH door is, and its host keys. */
    public SshDoorView sshDoor() throws InterruptedException {
        return body(transport.get("/api/v2/ssh"), new TypeReference<>() {});
    }

    private static String sshKeys(String keyId) {
        return "/api/v2/keys/" + Transport.encode(keyId) + "/ssh-keys";
    }

    /** What the server encrypts with, and whether a rotation is under way. */
    public EncryptionView encryption() throws InterruptedException {
        return body(transport.get("/api/v2/encryption"), new TypeReference<>() {});
    }

    /** Has the server encrypt with a new key; what is stored is encrypted anew after the answer. */
    public EncryptionView rotateEncryption() throws InterruptedException {
        return body(transport.post("/api/v2/encryption/actions/rotate", Map.of()), new TypeReference<>() {});
    }

    /** The policy of a key. */
    public PolicyDocument keyPolicy(String id) throws InterruptedException {
        return body(transport.get(keyPolicyPath(id)), new TypeReference<>() {});
    }

    /** Gives a key a policy in place of the one that it has. */
    public PolicyDocument setKeyPolicy(String id, PolicyDocument policy) throws InterruptedException {
        return body(transport.put(keyPolicyPath(id), policy), new TypeReference<>() {});
    }

    /** Takes the policy of a key away; does nothing when it has none. */
    public void clearKeyPolicy(String id) throws InterruptedException {
        transport.delete(keyPolicyPath(id));
    }

    /** The policy of an account, which binds all its keys. */
    public PolicyDocument accountPolicy(String id) throws InterruptedException {
        return body(transport.get(accountPolicyPath(id)), new TypeReference<>() {});
    }

    /** Gives an account a policy in place of the one that it has. */
    public PolicyDocument setAccountPolicy(String id, PolicyDocument policy) throws InterruptedException {
        return body(transport.put(accountPolicyPath(id), policy), new TypeReference<>() {});
    }

    /** Takes the policy of an account away; does nothing when it has none. */
    public void clearAccountPolicy(String id) throws InterruptedException {
        transport.delete(accountPolicyPath(id));
    }

    private static String keyPolicyPath(String id) {
        return "/api/v2/keys/" + Transport.encode(id) + "/policy";
    }

    private static String accountPolicyPath(String id) {
        return "/api/v2/accounts/" + Transport.encode(id) + "/policy";
    }

    /** Saves a command under a name, as its next version. */
    public SavedCommandView createSavedCommand(CreateSavedCommand wanted) throws InterruptedException {
        return body(transport.post("/api/v2/saved-commands", wanted), new TypeReference<>() {});
    }

    /**
     * The newest version of each saved command, in order of their names.
     *
     * @param account whose they are, for an admin; absent for those of the key in use
     */
    public Page<SavedCommandView> listSavedCommands(
            @Nullable String account, @Nullable Integer limit, @Nullable String cursor) throws InterruptedException {
        String path = new PathAndQuery("/api/v2/saved-commands")
                .with("account", account)
                .with("limit", limit)
                .with("cursor", cursor)
                .toString();
        return body(transport.get(path), new TypeReference<>() {});
    }

    /** All versions of a saved command, newest first. */
    public Page<SavedCommandView> savedCommand(String name, @Nullable String account) throws InterruptedException {
        return body(transport.get(savedCommandPath(name, account)), new TypeReference<>() {});
    }

    /** Deletes all versions of a saved command. */
    public void deleteSavedCommand(String name, @Nullable String account) throws InterruptedException {
        transport.delete(savedCommandPath(name, account));
    }

    private static String savedCommandPath(String name, @Nullable String account) {
        return new PathAndQuery("/api/v2/saved-commands/" + Transport.encode(name))
                .with("account", account)
                .toString();
    }

    /**
     * Records of the audit trail that fit, newest first. A part may hold fewer than the limit, none at all included, and not
     * be the last one.
     */
    public Page<AuditRecord> audit(AuditQuery query, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        String path = auditPath("/api/v2/audit", query)
                .with("limit", limit)
                .with("cursor", cursor)
                .toString();
        return body(transport.get(path), new TypeReference<>() {});
    }

    /**
     * The records that fit as JSON Lines, oldest first, for {@link dev.bellhop.api.audit.AuditExport#verify}. The stream fails
     * where the connection breaks; it is to be closed.
     */
    public InputStream exportAudit(AuditQuery query) throws InterruptedException {
        return transport.open(auditPath("/api/v2/audit/export", query).toString());
    }

    private static PathAndQuery auditPath(String path, AuditQuery query) {
        return new PathAndQuery(path)
                .with("since", query.since())
                .with("until", query.until())
                .with("key", query.keyId())
                .with("vm", query.vmid())
                .with("action", query.action())
                .with("outcome", query.outcome());
    }

    /**
     * A part of a command's output, byte for byte.
     *
     * @param executionId from {@link ExecStarted} or {@link ExecResult}
     * @param offset number of the first byte wanted, from 0
     * @param limit the most bytes wanted, 1 to 1,048,576
     */
    public OutputChunk output(String executionId, OutputStreamName stream, long offset, int limit)
            throws InterruptedException {
        return output(executionId, stream, offset, limit, false);
    }

    /**
     * As the other.
     *
     * @param raw whether with the secrets that are masked otherwise, which takes the scope {@code read:raw}
     */
    public OutputChunk output(String executionId, OutputStreamName stream, long offset, int limit, boolean raw)
            throws InterruptedException {
        HttpAnswer answer = transport.get(new PathAndQuery(executionPath(executionId) + "/output")
                .with("stream", stream.toString())
                .with("offset", offset)
                .with("limit", limit)
                .with("raw", raw ? true : null)
                .toString());
        long next = answer.header("X-Next-Offset")
                .filter(value -> value.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .orElseThrow(() -> transport.notUnderstood(answer, null));
        boolean complete = answer.header("X-Complete").equals(Optional.of("true"));
        return new OutputChunk(answer.body(), next, complete);
    }

    /**
     * Runs a command in a VM and returns once it has started, has its place in a queue, or waits for its agent. After a
     * timeout or a broken connection it may have been started all the same; with an idempotency key the same call again
     * gives the same execution and starts nothing more.
     *
     * @param idempotencyKey the caller's own name for this start, 1 to 255 visible characters of ASCII
     * @param wait for how long at most to wait for the end of it, up to {@link #MAX_WAIT}; the execution then has its
     *     output, where that is small
     */
    public ExecutionView createExecution(
            long vmid, CreateExecution wanted, @Nullable String idempotencyKey, Duration wait)
            throws InterruptedException {
        Map<String, String> headers = idempotencyKey == null ? Map.of() : Map.of("Idempotency-Key", idempotencyKey);
        String path = new PathAndQuery("/api/v2/vps/" + vmid + "/executions")
                .wait(wait)
                .toString();
        return body(transport.post(path, wanted, wait, headers), new TypeReference<>() {});
    }

    /** What policy says of a command, which is not run. */
    public PolicyDecision dryRun(long vmid, CreateExecution wanted) throws InterruptedException {
        String path = "/api/v2/vps/" + vmid + "/executions/actions/check";
        return body(transport.post(path, wanted), new TypeReference<>() {});
    }

    /**
     * How an execution stands, or how it ended.
     *
     * @param wait as in {@link #createExecution}
     */
    public ExecutionView execution(String id, Duration wait) throws InterruptedException {
        return execution(id, wait, false);
    }

    /**
     * As the other.
     *
     * @param raw as in {@link #output(String, OutputStreamName, long, int, boolean)}
     */
    public ExecutionView execution(String id, Duration wait, boolean raw) throws InterruptedException {
        String path = new PathAndQuery(executionPath(id))
                .wait(wait)
                .with("raw", raw ? true : null)
                .toString();
        return body(transport.get(path, wait), new TypeReference<>() {});
    }

    /** Executions that fit, newest first. */
    public Page<ExecutionView> executions(ExecutionQuery query, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        PathAndQuery path = new PathAndQuery(
                query.vmid() == null ? "/api/v2/executions" : "/api/v2/vps/" + query.vmid() + "/executions");
        query.states().forEach(state -> path.with("state", state));
        query.labels().forEach((name, value) -> path.with("label", name + "=" + value));
        path.with("since", query.since()).with("until", query.until());
        path.with("limit", limit).with("cursor", cursor);
        return body(transport.get(path.toString()), new TypeReference<>() {});
    }

    /**
     * Follows an execution: its output and its states as they come. Does not connect yet.
     *
     * @param lastEventId where to go on, from {@link ExecutionEvents#lastEventId}; absent for the beginning
     * @param longestOutage for how long to try when there is no connection; zero for not at all
     */
    public ExecutionEvents events(String id, @Nullable String lastEventId, Duration longestOutage) {
        return events(id, lastEventId, longestOutage, EventsQuery.ALL);
    }

    /** As the other. */
    public ExecutionEvents events(String id, @Nullable String lastEventId, Duration longestOutage, EventsQuery query) {
        String path = new PathAndQuery(executionPath(id) + "/events")
                .with("raw", query.raw() ? true : null)
                .with("times", query.times() ? true : null)
                .with("since", query.since())
                .with("follow", query.follow() ? null : false)
                .toString();
        return new ExecutionEvents(
                transport, path, lastEventId, query.follow(), longestOutage, ExecutionEvents.SILENCE_TIMEOUT);
    }

    /**
     * Asks for the end of an execution, and returns once that is asked for.
     *
     * @param graceSeconds how long its command has to end after TERM; absent for the server's usual time
     */
    public ExecutionView cancel(String id, @Nullable Integer graceSeconds) throws InterruptedException {
        String path = executionPath(id) + "/actions/cancel";
        return body(transport.post(path, new CancelExecution(graceSeconds)), new TypeReference<>() {});
    }

    /**
     * Approves a command that another key has asked for: it is started, in its turn.
     *
     * @param digest of the request that was seen; the server refuses another
     */
    public ExecutionView approve(String id, String digest) throws InterruptedException {
        String path = executionPath(id) + "/actions/approve";
        return body(transport.post(path, new ApproveExecution(digest)), new TypeReference<>() {});
    }

    /** Rejects a command that waits for approval: it is never started. */
    public ExecutionView reject(String id) throws InterruptedException {
        return body(transport.post(executionPath(id) + "/actions/reject", Map.of()), new TypeReference<>() {});
    }

    /**
     * Sends a signal to a command and its children.
     *
     * @param signal a name without SIG
     */
    public ExecutionView signal(String id, String signal) throws InterruptedException {
        String path = executionPath(id) + "/actions/signal";
        return body(transport.post(path, new SignalExecution(signal)), new TypeReference<>() {});
    }

    /**
     * Writes to the stdin of an execution that was created so that it follows. The same piece again does nothing, so a call
     * whose answer was lost can be repeated.
     *
     * @param offset where the bytes belong, from 0
     * @param bytes 1 MiB at most; none where there is only the end to tell
     * @param end whether nothing follows
     * @return the offset of the next piece
     */
    public long writeStdin(String id, long offset, byte[] bytes, boolean end) throws InterruptedException {
        PathAndQuery path = new PathAndQuery(executionPath(id) + "/stdin").with("offset", offset);
        if (end) {
            path.with("end", true);
        }
        HttpAnswer answer = transport.postBytes(path.toString(), bytes);
        return this.<StdinPosition>body(answer, new TypeReference<>() {}).offset();
    }

    /** Gives up the connections; requests under way fail. */
    @Override
    public void close() {
        transport.close();
    }

    private static String exec(long vmid) {
        return "/api/vm/" + vmid + "/agent/exec";
    }

    private static String executionPath(String id) {
        return "/api/v2/executions/" + Transport.encode(id);
    }

    private static String page(String path, @Nullable Integer limit, @Nullable String cursor) {
        return new PathAndQuery(path)
                .with("limit", limit)
                .with("cursor", cursor)
                .toString();
    }

    private <T> T data(HttpAnswer answer, TypeReference<Envelope<T>> type) {
        return body(answer, type).data();
    }

    private <T> T body(HttpAnswer answer, TypeReference<T> type) {
        try {
            T body = Json.mapper().readValue(answer.body(), type);
            if (body != null) {
                return body;
            }
        } catch (JacksonException e) {
            throw transport.notUnderstood(answer, e);
        }
        throw transport.notUnderstood(answer, null);
    }
}
