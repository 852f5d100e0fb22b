// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.GuestScriptRunner;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.PtyWay;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Ptys in the guests of this process's hypervisors, over their agents' calls: they work wherever commands work. Thread
 * safe.
 */
public final class AgentPtys implements LocalPtys {
    private final VmDirectory directory;
    private final AgentHealth health;
    private final GuestScriptRunner scripts;
    private final String spool;
    private final Duration patience;
    private final ConcurrentMap<TerminalId, AgentPty> ptys = new ConcurrentHashMap<>();

    /**
     * Creates an instance without ptys.
     *
     * @param spool the folder in guests where commands also keep their files
     */
    public AgentPtys(VmDirectory directory, AgentHealth health, GuestScriptRunner scripts, String spool) {
        this(directory, health, scripts, spool, PtyBridge.PATIENCE);
    }

    /** @param patience time without a frame from this server until a bridge hangs up */
    AgentPtys(VmDirectory directory, AgentHealth health, GuestScriptRunner scripts, String spool, Duration patience) {
        this.directory = directory;
        this.health = health;
        this.scripts = scripts;
        this.spool = spool;
        this.patience = patience;
    }

    @Override
    public Optional<PtyWay> open(VmId id, TerminalId terminal, PtySpec spec, Duration timeout) {
        open(id, terminal, spec, "Cannot open a terminal in VM " + id + " because ", timeout);
        return Optional.of(PtyWay.agent(null));
    }

    /**
     * Opens a pty that is used for something other than a terminal.
     *
     * @param cannot start of the error message, before the reason
     */
    public void open(VmId id, TerminalId terminal, PtySpec spec, String cannot, Duration timeout) {
        VirtualMachine vm =
                directory.find(id).orElseThrow(() -> new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + id));
        GuestAgent agent = vm.agent();
        PtyBridge.Start start;
        try {
            byte[] stdout = scripts.run(id, PtyBridge.start(spool, terminal, spec, patience), Deadline.after(timeout))
                    .stdout();
            start = PtyBridge.parse(stdout, terminal);
        } catch (AgentException e) {
            throw new BellhopException(ErrorCode.AGENT_UNAVAILABLE, cannot + health.why(vm, e), e);
        }
        switch (start) {
            case READY -> {}
            case NO_PTY ->
                throw new BellhopException(
                        ErrorCode.NOT_SUPPORTED,
                        cannot + "its guest has neither perl nor python3, or no pseudo-terminals; install perl"
                                + " (Debian and Ubuntu: perl-base) or python3 there");
            case NO_SPOOL ->
                throw new BellhopException(
                        ErrorCode.NOT_SUPPORTED,
                        cannot + "its guest does not let the agent write to " + spool
                                + "; make room there, or set executions.spool to another folder");
            case NO_USER -> throw StreamPty.noUser(id);
            case UNREADABLE ->
                throw new BellhopException(
                        ErrorCode.NOT_SUPPORTED,
                        cannot + "its guest has no POSIX shell, or what it answered cannot be read");
        }
        ptys.put(
                terminal,
                new AgentPty(
                        agent,
                        PtyBridge.folder(spool, terminal),
                        deadline -> PtyBridge.saysAlive(
                                scripts.run(id, PtyBridge.lives(spool, terminal), deadline)
                                        .stdout(),
                                terminal)));
    }

    private AgentPty pty(TerminalId terminal) {
        AgentPty pty = ptys.get(terminal);
        if (pty == null) {
            throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find this terminal");
        }
        return pty;
    }

    @Override
    public PtyOutput read(VmId vm, TerminalId terminal, long offset, int limit, Duration longest)
            throws InterruptedException {
        return pty(terminal).read(offset, limit, longest);
    }

    @Override
    public void write(VmId vm, TerminalId terminal, long offset, byte[] bytes, Duration timeout)
            throws InterruptedException {
        pty(terminal).write(offset, bytes, timeout);
    }

    @Override
    public void resize(VmId vm, TerminalId terminal, WindowSize size) {
        uninterrupted(() -> pty(terminal).resize(size));
    }

    @Override
    public void hangUp(VmId vm, TerminalId terminal) {
        uninterrupted(() -> pty(terminal).hangUp());
    }

    private interface Step {
        void run() throws InterruptedException;
    }

    private static void uninterrupted(Step step) {
        try {
            step.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void forget(VmId vm, TerminalId terminal) {
        AgentPty pty = ptys.remove(terminal);
        if (pty != null) {
            pty.quit();
        }
    }

    /** Forgets the pty. The bridge hangs up after a while without frames. */
    @Override
    public void letGo(TerminalId terminal) {
        ptys.remove(terminal);
    }
}
