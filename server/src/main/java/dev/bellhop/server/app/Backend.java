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
 * What is behind the doors of a server: VMs, and what runs commands in them. In this process, or on the nodes of a cluster.
 *
 * @param measured what of it has metrics
 * @param guests what else is asked of guests
 * @param nodes for those who administer the nodes of a cluster; absent where the server has the VMs itself
 * @param ptys for terminals
 * @param connections for what is forwarded
 * @param streams for those who will have much to do in a guest
 * @param check says in the log what is amiss with the VMs, once the server listens
 */
record Backend(
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
    Backend {
        measured = List.copyOf(measured);
    }
}
