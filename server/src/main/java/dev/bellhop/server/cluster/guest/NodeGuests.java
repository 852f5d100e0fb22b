// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.node.GuestWork;
import dev.bellhop.server.cluster.node.Holds;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.stream.StreamOpener;

/** What a node does in its guests beside commands, by these parts of it. */
public record NodeGuests(
        LocalGuests guests, GuestFiles files, OpenPtys ptys, OpenTcpConnections connections, StreamOpener streams) {
    /**
     * The orders that it carries out.
     *
     * @param holds by what right the node has its VMs
     */
    public GuestWork orders(Holds holds) {
        GuestOrderTable table = new GuestOrderTable(holds);
        table.putAll(guests);
        FileAnswers.serve(table, files);
        PtyOrders.serve(table, ptys);
        TcpOrders.serve(table, connections);
        StreamOrders.serve(table, streams);
        return table;
    }
}
