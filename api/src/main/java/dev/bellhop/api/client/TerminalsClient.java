// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.api.v2.terminal.CreateTicket;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.api.v2.terminal.TerminalView;
import org.jspecify.annotations.Nullable;

/** The terminals of VMs, with the errors of {@link BellhopClient}. Thread safe. */
public final class TerminalsClient {

    private final Calls calls;

    TerminalsClient(Calls calls) {
        this.calls = calls;
    }

    /** Opens a terminal; its ticket is for {@link #enter}. */
    public TerminalView open(long vmid, CreateTerminal wanted) throws InterruptedException {
        return calls.post(path(vmid), wanted, TerminalView.class);
    }

    /** The terminals of a VM, newest first. */
    public Page<TerminalView> list(long vmid) throws InterruptedException {
        return calls.page(new PathAndQuery(path(vmid)), TerminalView.class);
    }

    /**
     * The terminals of all VMs that the key sees, newest first; in a cluster, only of this API server.
     *
     * @param vmid only terminals of this VM; absent for any
     * @param limit as in {@link VmsClient#list(Integer, String)}, and the cursor too
     */
    public Page<TerminalView> list(@Nullable Long vmid, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        return calls.page(
                new PathAndQuery("/api/v2/terminals").with("vmid", vmid).page(limit, cursor), TerminalView.class);
    }

    /** Every terminal of all VMs that the key sees, newest first. */
    public Pages<TerminalView> all() {
        return new Pages<>((limit, cursor) -> list(null, limit, cursor));
    }

    /** A terminal. */
    public TerminalView get(long vmid, String id) throws InterruptedException {
        return calls.get(path(vmid, id), TerminalView.class);
    }

    /** Hangs up; returns once the terminal has ended. */
    public void close(long vmid, String id) throws InterruptedException {
        calls.delete(path(vmid, id));
    }

    /**
     * A ticket for a terminal that this key has opened.
     *
     * @param readOnly whether whoever enters with it can only look on
     */
    public TerminalTicket ticket(long vmid, String id, boolean readOnly) throws InterruptedException {
        return calls.post(path(vmid, id) + "/tickets", new CreateTicket(readOnly), TerminalTicket.class);
    }

    /**
     * Enters a terminal.
     *
     * @param seen how many bytes of what it printed were seen before; absent for whoever is new there
     */
    public TerminalConnection enter(TerminalTicket ticket, @Nullable Long seen, TerminalConnection.Screen screen)
            throws InterruptedException {
        String path = ticket.socket() + (seen == null ? "" : "?offset=" + seen);
        return TerminalConnection.open(calls.transport(), path, ticket, screen);
    }

    static String path(long vmid, String id) {
        return path(vmid) + "/" + PathAndQuery.encode(id);
    }

    private static String path(long vmid) {
        return Calls.vm(vmid) + "/terminals";
    }
}
