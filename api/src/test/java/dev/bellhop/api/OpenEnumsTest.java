// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.v2.OpenEnum;
import dev.bellhop.api.v2.admin.Decision;
import dev.bellhop.api.v2.admin.Scope;
import dev.bellhop.api.v2.execution.ExecutionState;
import dev.bellhop.api.v2.node.NodeState;
import dev.bellhop.api.v2.terminal.TerminalState;
import dev.bellhop.api.v2.vm.OperationAction;
import dev.bellhop.api.v2.vm.OperationState;
import dev.bellhop.api.v2.vm.VmState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The client's enums have the values of {@code openapi.yaml}, and read others as unknown. */
class OpenEnumsTest {

    private static final Map<String, OpenEnum[]> ENUMS = Map.of(
            "ExecutionState", ExecutionState.values(),
            "OperationState", OperationState.values(),
            "OperationAction", OperationAction.values(),
            "VmState", VmState.values(),
            "TerminalState", TerminalState.values(),
            "NodeState", NodeState.values(),
            "Scope", Scope.values(),
            "PolicyDecision/properties/decision", Decision.values());

    private static final List<Function<String, OpenEnum>> READERS = List.of(
            ExecutionState::of,
            OperationState::of,
            OperationAction::of,
            VmState::of,
            TerminalState::of,
            NodeState::of,
            Scope::of,
            Decision::of);

    private final JsonNode root = OpenApiDocument.load().root();

    @Test
    void everyEnumHasTheDocumentedValues() {
        ENUMS.forEach((schema, values) -> {
            List<String> documented = root.at("/components/schemas/" + schema + "/x-known-values")
                    .valueStream()
                    .map(JsonNode::asString)
                    .toList();
            List<String> known = Arrays.stream(values).map(OpenEnum::text).toList();
            assertThat(known).as(schema).containsAll(documented);
            assertThat(documented).as(schema).isNotEmpty().hasSizeGreaterThanOrEqualTo(known.size() - 1);
        });
    }

    @Test
    void valueOfALaterServerIsUnknown() {
        assertThat(READERS)
                .hasSize(ENUMS.size())
                .allSatisfy(
                        reader -> assertThat(reader.apply("hibernating").name()).isEqualTo("UNKNOWN"));
        assertThat(ExecutionState.of("timed_out")).isEqualTo(ExecutionState.TIMED_OUT);
        assertThat(Scope.of("admin:account")).isEqualTo(Scope.ADMIN_ACCOUNT);
    }
}
