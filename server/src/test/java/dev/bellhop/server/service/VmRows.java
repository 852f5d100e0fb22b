// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.service.admin.VmOwnership;
import dev.bellhop.server.service.vm.OperationReads;
import dev.bellhop.server.service.vm.OperationStarts;
import dev.bellhop.server.service.vm.VmReads;
import java.time.Duration;
import java.util.List;

/** Use cases of VMs and of operations. */
final class VmRows {
    private static final PowerOptions NO_OPTIONS = new PowerOptions(null, null);

    private final UseCaseScene scene;
    private final VmReads vmReads;
    private final VmOwnership ownership;
    private final OperationStarts operationStarts;
    private final OperationReads operationReads;

    VmRows(UseCaseScene scene) {
        this.scene = scene;
        vmReads = scene.useCases.vmReads();
        ownership = scene.useCases.ownership();
        operationStarts = scene.useCases.operationStarts();
        operationReads = scene.useCases.operationReads();
    }

    List<Row> rows() {
        return List.of(
                new Row(UseCase.VM_LIST, "++++++++", p -> vmReads.list(p, null)),
                new Row(UseCase.VM_LIST, "++++++++", p -> vmReads.visible(p, UseCaseScene.VM)),
                new Row(UseCase.VM_FIND, "+++++nn+", p -> vmReads.find(scene.vm(p))),
                new Row(UseCase.VM_USAGE, "+++++nn+", p -> vmReads.usage(scene.vm(p))),
                new Row(UseCase.VM_AGENT, "+++++nn+", p -> vmReads.report(scene.vm(p))),
                new Row(
                        UseCase.VM_AVAILABILITY,
                        "+++++nn+",
                        p -> vmReads.availability(scene.vm(p), Duration.ZERO, report -> true)),
                new Row(UseCase.VM_ASSIGN, "+fffffff", p -> ownership.assign(p, UseCaseScene.OTHER_VM, scene.owner())),
                new Row(UseCase.VM_UNASSIGN, "+fffffff", p -> ownership.unassign(p, UseCaseScene.OTHER_VM)),
                new Row(
                        UseCase.OPERATION_START,
                        "+fffffff",
                        p -> operationStarts.start(scene.vm(p), OperationAction.STOP, NO_OPTIONS, () -> null)),
                new Row(
                        UseCase.OPERATION_FIND,
                        "+++++nn+",
                        p -> operationReads.find(p, UseCaseScene.OPERATION.toString(), Duration.ZERO)),
                new Row(UseCase.OPERATION_LIST, "++++++++", p -> operationReads.list(p, null, null, null, 10)),
                new Row(UseCase.OPERATION_LIST, "+++++nn+", p -> operationReads.list(scene.vm(p), null, null, 10)));
    }
}
