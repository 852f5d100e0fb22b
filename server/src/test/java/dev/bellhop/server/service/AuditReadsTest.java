// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.service.admin.AuditReads;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AuditReadsTest {
    @Test
    void exportEndsWithItsKey(@TempDir Path folder) throws Exception {
        try (UseCaseScene scene = new UseCaseScene(folder)) {
            AuditReads reads = scene.useCases.audit();
            AuditReads.Export export = Permit.during(
                    scene.note("operator", UseCase.AUDIT_EXPORT), permit -> reads.export(permit, AuditFilter.ALL));
            export.writeTo(new ByteArrayOutputStream());
            Key operator = Objects.requireNonNull(scene.callers.get("operator"));

            scene.server.stored.keys().revoke(operator, Precondition.none());

            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertThatIOException().isThrownBy(() -> export.writeTo(out)).withMessageContaining("no longer valid");
            assertThat(out.size()).isZero();
        }
    }
}
