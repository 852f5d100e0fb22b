// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import org.jspecify.annotations.Nullable;

/**
 * Hears the orders for the current session of this node, and no others. Two processes can have the name of one node, such as a frozen
 * process and its replacement. If both heard an order, the caller could get the wrong answer first. Thread safe.
 */
public final class OrderSubscription implements AutoCloseable {
    private final Bus bus;
    private final NodeId node;
    private final Bus.Handler orders;
    private Bus.@Nullable Registration current;
    private boolean closed;

    /** Hears nothing before {@link #begin}. */
    public OrderSubscription(Bus bus, NodeId node, Bus.Handler orders) {
        this.bus = bus;
        this.node = node;
        this.orders = orders;
    }

    /** Starts to hear the orders for this session, and ends the session before it. */
    public synchronized void begin(long session) {
        end();
        if (!closed) {
            current = bus.serve(Subjects.ordersOf(node, session), null, orders);
        }
    }

    /** The session is over. */
    synchronized void end() {
        if (current != null) {
            current.close();
            current = null;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        end();
    }
}
