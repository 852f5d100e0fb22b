// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.cluster.admin.NodeManagement;
import dev.bellhop.server.execution.engine.Engine;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.execution.engine.ExecutionRetention;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.forward.TcpConnections;
import dev.bellhop.server.guest.question.Guests;
import dev.bellhop.server.operation.OperationLookup;
import dev.bellhop.server.stream.StreamOpener;
import dev.bellhop.server.terminal.Ptys;
import dev.bellhop.server.vms.Vms;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The VMs and the services that run commands in them, in this process or on the nodes of a cluster.
 *
 * @param measured the parts with metrics
 * @param guests answers all other questions to guests
 * @param nodes for administrators of the cluster's nodes; absent if the server has the VMs itself
 * @param ptys for terminals
 * @param connections for forwards
 * @param streams for larger transfers with a guest
 * @param check logs problems with the VMs, once the server listens
 */
public record Backend(
        Vms vms,
        GuestFiles files,
        Engine engine,
        ExecutionLookup executions,
        ExecutionRetention retention,
        OperationLookup operations,
        List<MeterBinder> measured,
        Guests guests,
        @Nullable NodeManagement nodes,
        Ptys ptys,
        TcpConnections connections,
        StreamOpener streams,
        Runnable check) {
    public Backend {
        measured = List.copyOf(measured);
    }
}
