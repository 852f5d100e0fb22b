// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecResult;
import dev.bellhop.api.v1.ExecStarted;
import dev.bellhop.api.v1.ProcessEntry;
import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.admin.MaskPattern;
import dev.bellhop.api.v2.admin.SavedCommandView;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionApproval;
import dev.bellhop.api.v2.guest.SetPassword;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.access.KeyStore;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.MemoryKeyStore;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.login.NewPassword;
import dev.bellhop.server.masking.Mask;
import dev.bellhop.server.policy.PolicyInput;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommand.Template;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever prints a value that holds a secret, by accident or in a debugger's log, does not print the secret. */
class RecordsKeepSecretsTest {
    private static final String MARK = "hunter2";
    private static final byte[] BYTES = MARK.getBytes(StandardCharsets.UTF_8);
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    private static StartOptions delivery() {
        return new StartOptions(
                Map.of(MARK, MARK), MARK, MARK, BYTES, false, Duration.ZERO, false, Map.of(MARK, MARK), MARK, null);
    }

    static Stream<Object> values() {
        Execution execution = new Execution(
                new ExecutionId(new UUID(0, 0)),
                new VmId(1),
                new ExecutionSpec(
                        new CommandLine.Script(MARK, null),
                        "0123456789ab",
                        Tenant.operator(),
                        Map.of(MARK, MARK),
                        null,
                        Map.of(MARK, MARK),
                        null),
                ExecutionState.PENDING,
                null,
                null,
                null,
                null,
                NOW,
                null,
                null,
                OutputSize.NONE,
                null);
        return Stream.of(
                execution,
                new ExecutionSnapshot(execution, BYTES, BYTES),
                execution.spec(),
                new ExecutionRequest(execution.spec(), delivery()),
                delivery(),
                new CommandLine.Script(MARK, null),
                new CommandLine.Argv(List.of(MARK)),
                new IdempotencyKey("0123456789ab", MARK, BYTES),
                new OutputChunk(OutputStreamName.STDOUT, 0, BYTES),
                ExecCommand.of("/bin/sh", "-c", MARK).withInput(BYTES),
                new ExecStatus(true, 0, null, BYTES, BYTES, false, false),
                new ExecRequest(MARK),
                CreateExecution.command(MARK).secretEnv(Map.of("A", MARK)).build(),
                new ExecStarted(true, MARK, "Command execution started", 7, "id"),
                new SavedCommand(
                        Tenant.operator(),
                        "n",
                        1,
                        null,
                        new Template(MARK, MARK, List.of(MARK), Map.of(MARK, MARK), MARK, MARK, 1),
                        List.of(),
                        false,
                        NOW,
                        "0123456789ab"),
                new CreateSavedCommand(
                        "n", null, null, MARK, List.of(MARK), MARK, Map.of(MARK, MARK), MARK, MARK, 1, true, null),
                new SavedCommandView(
                        "n",
                        1,
                        null,
                        null,
                        MARK,
                        List.of(MARK),
                        MARK,
                        Map.of(MARK, MARK),
                        MARK,
                        MARK,
                        1,
                        true,
                        List.of(),
                        NOW,
                        "k"),
                CreateExecution.saved("n").parameters(Map.of("p", MARK)).build(),
                PolicyInput.script(MARK, MARK, MARK, false),
                new Mask("n", MARK),
                new NewPassword(MARK, false),
                new SetPassword("deploy", MARK, null),
                new MaskPattern("n", MARK),
                new ExecutionApproval(
                        NOW,
                        null,
                        null,
                        null,
                        null,
                        null,
                        MARK,
                        MARK,
                        Map.of(MARK, MARK),
                        MARK,
                        MARK,
                        Map.of(MARK, MARK),
                        MARK),
                new ProcessEntry(7, MARK, false, null, NOW),
                new CreatedKey("id", MARK, "name", List.of("admin"), null, NOW, null, null, null, null, null, null));
    }

    @ParameterizedTest
    @MethodSource("values")
    void aValueDoesNotPrintItsSecret(Object value) {
        assertThat(value.toString())
                .doesNotContain(MARK)
                .doesNotContain(Arrays.toString(BYTES))
                .contains(value.getClass().getSimpleName());
    }

    @Test
    void keysDoNotPrintTheirSecrets() {
        MemoryKeyStore store = new MemoryKeyStore();
        Keys.Created created = new Keys(store, Clock.systemUTC()).create(NewKey.of("n", Scope.ADMIN));
        KeyStore.StoredKey stored = store.all().getFirst();

        assertThat(created.toString()).doesNotContain(created.secret().substring(21));
        assertThat(created.key().toString()).doesNotContain(created.secret().substring(21));
        assertThat(stored.toString()).isEqualTo("StoredKey[" + created.key().id() + "]");
    }

    @Test
    void aResultDoesNotPrintItsOutput() {
        ExecResult result = Json.mapper()
                .readValue(
                        "{\"success\": true, \"pid\": 7, \"exited\": true, \"stdout\": \"" + MARK + "\", \"stderr\": \""
                                + MARK + "\"}",
                        ExecResult.class);

        assertThat(result.stdout()).isEqualTo(MARK);
        assertThat(result.toString()).doesNotContain(MARK);
    }
}
