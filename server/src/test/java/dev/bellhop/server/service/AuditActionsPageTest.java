// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.Checkout;
import java.nio.file.Files;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** People filter the audit trail by action, so its page has the name of each. */
class AuditActionsPageTest {
    @Test
    void pageListsTheActionOfEachUseCase() throws Exception {
        assertThat(Files.readString(Checkout.ROOT.resolve("docs/explanation/audit.md")))
                .contains(Stream.of(UseCase.values())
                        .map(useCase -> "`" + useCase.action() + "`")
                        .toList());
    }
}
