// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.clock.GuestClocks;
import dev.bellhop.server.cluster.node.GuestWork;
import dev.bellhop.server.cluster.node.Holds;
import dev.bellhop.server.doctor.Doctor;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.guest.maintenance.FileSystemMaintenance;
import dev.bellhop.server.login.Logins;
import dev.bellhop.server.stream.StreamOpener;

/** What a node does in its guests beside commands, by these parts of it. */
public record NodeGuests(
        FileSystemMaintenance fileSystems,
        Logins logins,
        GuestClocks clocks,
        Doctor doctor,
        GuestFiles files,
        OpenPtys ptys,
        OpenTcpConnections connections,
        StreamOpener streams) {
    /**
     * The orders that it carries out.
     *
     * @param holds by what right the node has its VMs
     */
    public GuestWork orders(Holds holds) {
        GuestOrderTable table = new GuestOrderTable(holds);
        FileSystemOrders.serve(table, fileSystems);
        LoginOrders.serve(table, logins);
        ClockOrders.serve(table, clocks);
        DoctorOrders.serve(table, doctor);
        FileAnswers.serve(table, files);
        PtyOrders.serve(table, ptys);
        TcpOrders.serve(table, connections);
        StreamOrders.serve(table, streams);
        return table;
    }
}
