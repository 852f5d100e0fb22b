// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.api.v2.node.AddNode;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.service.admin.AuditReads;
import dev.bellhop.server.service.admin.EncryptionAdmin;
import dev.bellhop.server.service.admin.MaskAdmin;
import dev.bellhop.server.service.admin.NodeAdmin;
import dev.bellhop.server.service.admin.SavedCommandAdmin;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Use cases of whoever runs the server, and of what accounts keep in it. */
final class AdminRows {
    private final NodeAdmin nodeAdmin;
    private final MaskAdmin maskAdmin;
    private final SavedCommandAdmin savedCommandAdmin;
    private final AuditReads auditReads;
    private final EncryptionAdmin encryptionAdmin;

    AdminRows(UseCaseScene scene) {
        nodeAdmin = scene.useCases.nodes();
        maskAdmin = scene.useCases.masks();
        savedCommandAdmin = scene.useCases.savedCommands();
        auditReads = scene.useCases.audit();
        encryptionAdmin = scene.useCases.encryption();
    }

    List<Row> rows() {
        return List.of(
                new Row(UseCase.METRICS_READ, "+fffffff", p -> new MetricsReads(() -> "text").read(p)),
                new Row(UseCase.MASK_LIST, "+ff+ffff", p -> maskAdmin.list(p, Optional.empty())),
                new Row(
                        UseCase.MASK_SET,
                        "+fffffff",
                        p -> maskAdmin.put(p, Optional.empty(), () -> new Mask("n", "hunter2"), Precondition.none())),
                new Row(UseCase.MASK_FIND, "nffnffff", p -> maskAdmin.find(p, Optional.empty(), "none")),
                new Row(
                        UseCase.MASK_DELETE,
                        "nfffffff",
                        p -> maskAdmin.delete(p, Optional.empty(), "none", Precondition.none())),
                new Row(UseCase.SAVED_COMMAND_LIST, "++++++++", p -> savedCommandAdmin.list(p, Optional.empty())),
                new Row(
                        UseCase.SAVED_COMMAND_FIND,
                        "nnnnnnnn",
                        p -> savedCommandAdmin.versions(p, Optional.empty(), "none")),
                new Row(
                        UseCase.SAVED_COMMAND_SAVE,
                        "+fffffff",
                        p -> savedCommandAdmin.save(p, savedCommand(), Precondition.none(), Instant.now())),
                new Row(
                        UseCase.SAVED_COMMAND_DELETE,
                        "nffnffff",
                        p -> savedCommandAdmin.delete(p, Optional.empty(), "none", Precondition.none())),
                new Row(UseCase.AUDIT_LIST, "+fffffff", p -> auditReads.list(p, AuditFilter.ALL, Long.MAX_VALUE, 1)),
                new Row(UseCase.AUDIT_EXPORT, "+fffffff", p -> auditReads.export(p, AuditFilter.ALL)),
                new Row(UseCase.ENCRYPTION_FIND, "+fffffff", p -> encryptionAdmin.status(p)),
                new Row(UseCase.ENCRYPTION_ROTATE, "+fffffff", p -> encryptionAdmin.rotate(p)),
                new Row(UseCase.NODE_LIST, "+fffffff", p -> nodeAdmin.list(p)),
                new Row(UseCase.NODE_FIND, "+fffffff", p -> nodeAdmin.find(p, "n")),
                new Row(UseCase.NODE_ADD, "+fffffff", p -> nodeAdmin.add(p, new AddNode("n", null, null))),
                new Row(UseCase.NODE_DRAIN, "+fffffff", p -> nodeAdmin.drain(p, "n")),
                new Row(UseCase.NODE_UNDRAIN, "+fffffff", p -> nodeAdmin.undrain(p, "n")),
                new Row(UseCase.NODE_REVOKE, "+fffffff", p -> nodeAdmin.revoke(p, "n")),
                new Row(UseCase.NODE_REMOVE, "+fffffff", p -> nodeAdmin.remove(p, "n")),
                new Row(UseCase.VM_MOVE, "+fffffff", p -> nodeAdmin.move(p, UseCaseScene.VM, "n")));
    }

    private static CreateSavedCommand savedCommand() {
        return new CreateSavedCommand(
                "there", null, null, null, List.of("x"), null, null, null, null, null, null, null);
    }
}
