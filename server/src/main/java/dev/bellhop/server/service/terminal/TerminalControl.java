// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.terminal;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.ShellWords;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.service.ExecutionValidator;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.PolicyCheck;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.Terminal;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.TerminalInfo;
import dev.bellhop.server.terminal.TerminalModes;
import dev.bellhop.server.terminal.Terminals;
import dev.bellhop.server.terminal.Tickets;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.vm.VmId;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Opens terminals for callers, admits holders of a ticket, and hangs up. A caller cannot distinguish a terminal it is
 * not allowed to see from a missing one. Thread safe.
 */
public final class TerminalControl {
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration HANG_UP_TIMEOUT = Duration.ofSeconds(10);
    private static final String USER = "root";
    private static final String TERM = "xterm-256color";
    private static final Pattern TERMS = Pattern.compile("[A-Za-z0-9._+-]{1,64}");
    private static final String SHELL = "/bin/sh";
    private static final int COLS = 80;
    private static final int ROWS = 24;

    private final Terminals terminals;
    private final boolean inCluster;
    private final VmAccess vms;
    private final PolicyCheck policy;
    private final AuditTrail audit;

    /** @param inCluster whether other servers have terminals of the same VMs, which this server does not know */
    public TerminalControl(Terminals terminals, boolean inCluster, VmAccess vms, PolicyCheck policy, AuditTrail audit) {
        this.terminals = terminals;
        this.inCluster = inCluster;
        this.vms = vms;
        this.policy = policy;
        this.audit = audit;
    }

    /** A terminal with its opener's ticket. */
    public record Opened(Terminal terminal, Tickets.Issued ticket, Caller opener) {}

    /** Same, for a caller without an SSH session. */
    public Opened open(VisibleVm vm, CreateTerminal wanted) {
        return open(vm, wanted, null, null);
    }

    /**
     * Opens a terminal; returns once its command runs.
     *
     * @param session for a caller over SSH; absent for others
     * @param modes to change before the command runs; absent for none
     * @throws BellhopException {@code INVALID_FIELD}, {@code POLICY_REFUSED}, or like {@link Terminals#open}
     */
    public Opened open(
            VisibleVm vm, CreateTerminal wanted, @Nullable LoginSession session, @Nullable TerminalModes modes) {
        Caller caller = vm.callerOf(UseCase.TERMINAL_OPEN);
        boolean login = wanted.command() == null && wanted.argv() == null;
        ExecutionRequest request = ExecutionValidator.check(asExecution(wanted, login), session, caller.key());
        WindowSize size = size(wanted);
        if (login) {
            policy.requireLoginShell(vm.permit());
        } else {
            policy.requireInTerminal(vm.permit(), request);
        }
        vms.requireThere(vm);
        PtySpec spec = new PtySpec(
                size,
                wanted.user() == null ? USER : wanted.user(),
                GuestText.HOME.equals(wanted.cwd()) ? null : wanted.cwd(),
                variables(wanted),
                login ? List.of() : words(request.spec().command()),
                session,
                modes);
        Terminal terminal = terminals.open(vm.id(), caller.key(), spec, OPEN_TIMEOUT);
        vm.permit().note().about(EndEntries.subject(terminal.info().id()));
        return new Opened(terminal, terminals.tickets().issue(terminal.info().id(), caller.key(), false), caller);
    }

    /** Returns the execution that corresponds to a terminal: the same rules and policies apply to both. */
    private static CreateExecution asExecution(CreateTerminal wanted, boolean login) {
        List<String> argv = login ? List.of(SHELL) : wanted.argv();
        return new CreateExecution(
                wanted.command(),
                argv,
                null,
                null,
                null,
                null,
                withoutTerm(wanted.env()),
                null,
                wanted.cwd(),
                wanted.user(),
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /**
     * Removes the terminal type. For policies, variables can turn any program into another one, but TERM, which each
     * terminal has, does not.
     */
    private static @Nullable Map<String, String> withoutTerm(@Nullable Map<String, String> env) {
        if (env == null || !TERMS.matcher(env.getOrDefault("TERM", "")).matches()) {
            return env;
        }
        Map<String, String> rest = new HashMap<>(env);
        rest.remove("TERM");
        return rest;
    }

    private static WindowSize size(CreateTerminal wanted) {
        int cols = wanted.cols() == null ? COLS : wanted.cols();
        int rows = wanted.rows() == null ? ROWS : wanted.rows();
        FieldFaults faults = new FieldFaults();
        faults.unlessBetween(1, cols, WindowSize.MAX, "/cols");
        faults.unlessBetween(1, rows, WindowSize.MAX, "/rows");
        faults.throwIfAny("Cannot open a terminal of this size");
        return new WindowSize(cols, rows);
    }

    private static Map<String, String> variables(CreateTerminal wanted) {
        Map<String, String> variables = new HashMap<>(Map.of("TERM", TERM));
        if (wanted.env() != null) {
            variables.putAll(wanted.env());
        }
        return variables;
    }

    private static List<String> words(CommandLine command) {
        return switch (command) {
            case CommandLine.Script(String text, var _) -> {
                List<String> words = new ArrayList<>(List.of(SHELL));
                words.addAll(ShellWords.of(text));
                yield words;
            }
            case CommandLine.Argv(List<String> argv) -> argv;
            case CommandLine.Truncated _ ->
                throw new IllegalStateException("the beginning of a command is not to be run");
        };
    }

    /** Finds a terminal of a VM by its id in the caller's spelling; throws {@code NOT_FOUND}. */
    private Terminal visible(VisibleVm vm, Key caller, String id) {
        Terminal found = TerminalId.parse(id)
                .flatMap(terminals::find)
                .filter(terminal -> terminal.info().vm().equals(vm.id()) && sees(caller, terminal.info()))
                .orElseThrow(this::notFound);
        vm.permit().note().about(EndEntries.subject(found.info().id()));
        return found;
    }

    private boolean sees(Key caller, TerminalInfo info) {
        return vms.sees(caller, info.vm(), info.tenant()) && caller.seesLabels(info.labels());
    }

    /** Finds a terminal; throws {@code NOT_FOUND}, like all methods with a terminal's id. */
    public Terminal find(VisibleVm vm, String id) {
        return visible(vm, vm.callerOf(UseCase.TERMINAL_FIND).key(), id);
    }

    /** Returns the terminals of a VM that the caller sees, newest first. */
    public List<Terminal> list(VisibleVm vm) {
        Key caller = vm.callerOf(UseCase.TERMINAL_LIST).key();
        return terminals.of(vm.id()).stream()
                .filter(terminal -> sees(caller, terminal.info()))
                .toList();
    }

    /** A page of terminals, and the position of the next page if there may be more. */
    public record Page(List<Terminal> terminals, @Nullable TerminalId next) {}

    /**
     * Lists the terminals of all VMs that the caller sees, newest first; in a cluster, only of this server.
     *
     * @param vm in this VM only; absent for any
     * @param before only older ones than this; absent to begin with the newest
     */
    public Page list(Permit permit, @Nullable VmId vm, @Nullable TerminalId before, int limit) {
        Key caller = permit.callerOf(UseCase.TERMINAL_LIST).key();
        List<Terminal> older = (vm == null ? terminals.all() : terminals.of(vm))
                .stream()
                        .filter(terminal ->
                                before == null || terminal.info().id().compareTo(before) < 0)
                        .filter(terminal -> sees(caller, terminal.info()))
                        .toList();
        List<Terminal> page = older.subList(0, Math.min(limit, older.size()));
        return new Page(page, page.size() < older.size() ? page.getLast().info().id() : null);
    }

    /**
     * Issues another ticket. The opener of a terminal decides who can watch it, and who can return to it, even to see
     * how it ended.
     *
     * @throws BellhopException {@code FORBIDDEN} for another key
     */
    public Tickets.Issued ticket(VisibleVm vm, String id, boolean readOnly) {
        Key caller = vm.callerOf(UseCase.TERMINAL_TICKET).key();
        Terminal terminal = visible(vm, caller, id);
        if (!terminal.info().keyId().equals(caller.id())) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot let you into this terminal with a key that has not opened it; ask its opener for a ticket");
        }
        return terminals.tickets().issue(terminal.info().id(), caller, readOnly);
    }

    /** Ends a terminal and the processes in it; returns when it has ended, or soon will. */
    public void hangUp(VisibleVm vm, String id) throws InterruptedException {
        Key caller = vm.callerOf(UseCase.TERMINAL_HANG_UP).key();
        Terminal terminal = visible(vm, caller, id);
        terminals.hangUp(terminal, HANG_UP_TIMEOUT);
    }

    /**
     * Admits the holder of a ticket, and uses up the ticket.
     *
     * @param seen the length of the output that the client has seen; absent to begin with the kept output
     * @param from the client's address; absent if it is not known for certain
     * @throws BellhopException {@code UNAUTHORIZED} if the ticket is not valid, {@code TOO_MANY_FOLLOWERS}
     */
    public Terminal.Viewer enter(
            VmId vm, String id, String secret, @Nullable Long seen, String requestId, @Nullable InetAddress from) {
        return enter(vm, id, secret, seen, from, entry -> entry.request(requestId));
    }

    /** Admits the opener of a terminal as part of the same request. */
    public Terminal.Viewer enter(Opened opened, @Nullable InetAddress from) {
        TerminalInfo info = opened.terminal().info();
        Caller opener = opened.opener();
        return enter(
                info.vm(),
                info.id().toString(),
                opened.ticket().secret(),
                null,
                from,
                entry -> entry.request(opener.requestId()).certificate(opener.certificate()));
    }

    private Terminal.Viewer enter(
            VmId vm,
            String id,
            String secret,
            @Nullable Long seen,
            @Nullable InetAddress from,
            UnaryOperator<AuditEntry> who) {
        Tickets.Ticket ticket = TerminalId.parse(id)
                .flatMap(parsed -> terminals.tickets().use(secret, parsed))
                .orElseThrow(this::notAccepted);
        Terminal terminal = terminals
                .find(ticket.terminal())
                .filter(found -> found.info().vm().equals(vm))
                .orElseThrow(this::notAccepted);
        TerminalInfo info = terminal.info();
        if (!terminals.mayGoOn(ticket.key(), info.vm()) || !ticket.key().mayComeFrom(from)) {
            throw notAccepted();
        }
        audit.requireRoom();
        Terminal.Viewer viewer = terminal.join(ticket.readOnly(), seen);
        audit.add(who.apply(new AuditEntry(audit.now(), AuditRecord.TERMINAL_ENTER, Outcome.DONE)
                .by(ticket.key().id(), ticket.key().tenant())
                .from(from == null ? null : from.getHostAddress())
                .in(info.vm())
                .about(EndEntries.subject(info.id()))
                .state(ticket.readOnly() ? "read_only" : null)));
        return viewer;
    }

    private BellhopException notFound() {
        return new BellhopException(
                ErrorCode.NOT_FOUND,
                inCluster
                        ? "Cannot find this terminal here; in a cluster, the API server alone that opened one knows it"
                        : "Cannot find this terminal");
    }

    private BellhopException notAccepted() {
        return new BellhopException(
                ErrorCode.UNAUTHORIZED,
                "Cannot accept this ticket because it is unknown, used or older than " + Tickets.GOOD_FOR.toSeconds()
                        + " seconds, or its key has ended"
                        + (inCluster ? ", or another API server of the cluster has issued it" : "")
                        + "; ask for another one");
    }
}
