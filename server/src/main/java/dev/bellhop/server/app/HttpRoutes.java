// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.v1.V1Exec;
import dev.bellhop.server.http.v1.V1Jobs;
import dev.bellhop.server.http.v1.V1Status;
import dev.bellhop.server.http.v2.V2Exec;
import dev.bellhop.server.http.v2.V2ExecutionActions;
import dev.bellhop.server.http.v2.V2ExecutionEvents;
import dev.bellhop.server.http.v2.V2Executions;
import dev.bellhop.server.http.v2.V2Operations;
import dev.bellhop.server.http.v2.V2Output;
import dev.bellhop.server.http.v2.V2Recordings;
import dev.bellhop.server.http.v2.V2SshDoor;
import dev.bellhop.server.http.v2.V2TerminalSocket;
import dev.bellhop.server.http.v2.V2Terminals;
import dev.bellhop.server.http.v2.V2VmUseCases;
import dev.bellhop.server.http.v2.V2Vms;
import dev.bellhop.server.http.v2.admin.V2Accounts;
import dev.bellhop.server.http.v2.admin.V2Audit;
import dev.bellhop.server.http.v2.admin.V2Encryption;
import dev.bellhop.server.http.v2.admin.V2Keys;
import dev.bellhop.server.http.v2.admin.V2Masks;
import dev.bellhop.server.http.v2.admin.V2Nodes;
import dev.bellhop.server.http.v2.admin.V2Policies;
import dev.bellhop.server.http.v2.admin.V2SavedCommands;
import dev.bellhop.server.http.v2.admin.V2SshKeys;
import dev.bellhop.server.http.v2.file.FileRoutes;
import dev.bellhop.server.http.v2.forward.V2Forwards;
import dev.bellhop.server.http.v2.guest.V2Doctor;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.service.VmAccess;
import java.util.List;
import java.util.stream.Stream;

/** The routes of both versions of the API. */
public final class HttpRoutes {
    private HttpRoutes() {}

    public static List<Route> of(UseCases all, Timeouts timeouts) {
        VmAccess vms = all.vms();
        return Stream.of(
                        new V1Exec(vms, all.exec()).routes(),
                        new V1Status(vms, all.vmReads(), all.reads()).routes(),
                        new V1Jobs(vms, all.operationStarts(), all.operationReads()).routes(),
                        new V2Vms(vms, all.vmReads(), all.ownership()).routes(),
                        new V2VmUseCases(vms, all.inVms()).routes(),
                        new V2Operations(vms, all.operationStarts(), all.operationReads()).routes(),
                        FileRoutes.of(vms, all.files()),
                        new V2Accounts(all.accounts()).routes(),
                        new V2SavedCommands(all.savedCommands()).routes(),
                        new V2Keys(all.keys()).routes(),
                        new V2SshKeys(all.sshKeys()).routes(),
                        new V2SshDoor(all.sshDoor()).routes(),
                        new V2Policies(all.policies()).routes(),
                        new V2Masks(all.masks()).routes(),
                        new V2Audit(all.audit()).routes(),
                        new V2Encryption(all.encryption()).routes(),
                        new V2Nodes(all.nodes(), all.nodeJoins()).routes(),
                        new V2Executions(vms, all.executions(), all.starts(), all.reads()).routes(),
                        new V2ExecutionEvents(all.executions(), all.reads(), timeouts).routes(),
                        new V2ExecutionActions(all.executions(), all.control()).routes(),
                        new V2Output(all.executions(), all.reads()).routes(),
                        new V2Terminals(vms, all.terminals()).routes(),
                        new V2TerminalSocket(all.terminals()).routes(),
                        new V2Forwards(vms, all.forwards()).routes(),
                        new V2Recordings(vms, all.recordings()).routes(),
                        new V2Exec(vms, all.exec()).routes(),
                        new V2Doctor(all.checkups()).routes())
                .flatMap(List::stream)
                .toList();
    }
}
