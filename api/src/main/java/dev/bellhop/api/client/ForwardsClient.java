// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.v2.forward.CreateForward;
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
        return calls.post(Calls.vm(vmid) + "/forwards", wanted, ForwardView.class);
    }

    /** Takes a connection that a guest has made, by its WebSocket. */
    public ForwardConnection take(ForwardTicket ticket, ForwardConnection.Sink sink) throws InterruptedException {
        return ForwardConnection.open(calls.transport(), ticket, sink);
    }
}
