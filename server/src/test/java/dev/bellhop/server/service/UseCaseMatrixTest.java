// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every use case against every kind of caller, with no door in between. A use case without a row here fails the test. */
class UseCaseMatrixTest {
    @TempDir
    private static Path folder;

    private static UseCaseScene scene;
    private static List<Row> rows;

    @BeforeAll
    static void start() throws Exception {
        scene = new UseCaseScene(folder);
        rows = Stream.of(
                        new ExecutionRows(scene).rows(),
                        new VmRows(scene).rows(),
                        new TerminalRows(scene).rows(),
                        new FileRows(scene).rows(),
                        new AccountRows(scene).rows(),
                        new AdminRows(scene).rows(),
                        new GuestRows(scene).rows())
                .flatMap(List::stream)
                .toList();
    }

    @AfterAll
    static void stop() throws Exception {
        if (scene != null) {
            scene.close();
        }
    }

    static Stream<Row> rows() {
        return rows.stream();
    }

    private static char outcome(String caller, Row row) {
        AuditNote note = scene.note(caller, row.useCase());
        try {
            Permit.during(note, permit -> {
                row.use().accept(permit);
                return "";
            });
            note.ended(null, null);
            return '+';
        } catch (BellhopException e) {
            note.ended(e.code(), null);
            return switch (e.code()) {
                case FORBIDDEN -> 'f';
                case NOT_FOUND -> 'n';
                case EXECUTION_ENDED, NOT_AWAITING_APPROVAL, NOT_SUPPORTED, NOT_IMPLEMENTED, AGENT_UNAVAILABLE -> '+';
                default -> throw e;
            };
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whoMayDoWhat(Row row) {
        assertThat(scene.callers.keySet().stream()
                        .map(caller -> String.valueOf(outcome(caller, row)))
                        .collect(Collectors.joining()))
                .as("%s of %s", row, scene.callers.keySet())
                .isEqualTo(row.expected());
    }

    @Test
    void everyUseCaseHasARow() {
        assertThat(rows().map(Row::useCase).collect(Collectors.toSet())).isEqualTo(EnumSet.allOf(UseCase.class));
    }

    /** What asks for no permit of its own is caught here: it would do its work with another's. */
    @ParameterizedTest
    @MethodSource("rows")
    void noUseCaseTakesThePermitOfAnother(Row row) {
        UseCase other = row.useCase() == UseCase.AUDIT_LIST ? UseCase.VM_LIST : UseCase.AUDIT_LIST;
        assertThatThrownBy(() -> Permit.during(scene.note("operator", other), permit -> {
                    row.use().accept(permit);
                    return "";
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("leave for " + other);
    }

    /** What no use case has allowed is no answer: a door that forgets to ask fails with each request. */
    @Test
    void anAnswerWithoutItsUseCaseFails() {
        assertThatThrownBy(() -> Permit.during(scene.note("operator", UseCase.VM_LIST), permit -> "answer"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("VM_LIST was answered and not asked");
    }

    @Test
    void theTrailNamesTheUseCaseWhereNoDoorDoes() {
        AuditNote changed = scene.note("runner", UseCase.EXECUTION_START);
        Permit.during(changed, permit -> scene.useCases.exec().start(scene.vm(permit), "x", () -> null));
        changed.ended(null, null);
        AuditNote refused = scene.note("stranger", UseCase.EXECUTION_OUTPUT);
        assertThatThrownBy(() ->
                        Permit.during(refused, permit -> scene.useCases.reads().output(scene.execution(permit), false)))
                .isInstanceOf(BellhopException.class);
        refused.ended(ErrorCode.NOT_FOUND, null);
        AuditTrail audit = scene.server.stored.audit();
        audit.settle();

        List<AuditRecord> records =
                audit.before(Long.MAX_VALUE, AuditFilter.ALL, 1000).records();
        assertThat(records)
                .anyMatch(record -> record.action().equals("execution.start")
                        && record.outcome().equals("done")
                        && key("runner").equals(record.keyId()))
                .anyMatch(record -> record.action().equals("execution.output")
                        && record.outcome().equals("refused")
                        && key("stranger").equals(record.keyId()));
    }

    private static String key(String caller) {
        return Objects.requireNonNull(scene.callers.get(caller)).id();
    }
}
