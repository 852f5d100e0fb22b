// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.forward.CreateForward;
import dev.bellhop.api.v2.forward.ForwardSummary;
import dev.bellhop.api.v2.forward.ForwardTicket;
import dev.bellhop.api.v2.forward.ForwardView;

/** The connections that guests make for a caller, with the errors of {@link BellhopClient}. Thread safe. */
public final class ForwardsClient {

    private final Calls calls;

    ForwardsClient(Calls calls) {
        this.calls = calls;
    }

    /** Has the guest connect to a host and a port; the ticket is for {@link #take}. */
    public ForwardView open(long vmid, CreateForward wanted) throws InterruptedException {
        return calls.post(path(vmid), wanted, ForwardView.class);
    }

    /** The open connections of a VM, newest first; in a cluster, only of this API server. */
    public Page<ForwardSummary> list(long vmid) throws InterruptedException {
        return calls.page(new PathAndQuery(path(vmid)), ForwardSummary.class);
    }

    /** An open connection; 404 once it is closed. */
    public ForwardSummary get(long vmid, String id) throws InterruptedException {
        return calls.get(path(vmid) + "/" + PathAndQuery.encode(id), ForwardSummary.class);
    }

    /** Takes a connection that a guest has made, by its WebSocket. */
    public ForwardConnection take(ForwardTicket ticket, ForwardConnection.Sink sink) throws InterruptedException {
        return ForwardConnection.open(calls.transport(), ticket, sink);
    }

    private static String path(long vmid) {
        return Calls.vm(vmid) + "/forwards";
    }
}
