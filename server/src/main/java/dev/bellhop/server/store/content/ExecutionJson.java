// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.StartOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Converts parts of an execution to and from JSON. */
public final class ExecutionJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final TypeReference<Map<String, String>> NAMES = new TypeReference<>() {};

    private ExecutionJson() {}

    @SuppressWarnings("ArrayRecordComponent") // Made to be written, or read, once.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record StoredStartOptions(
            @Nullable Map<String, String> env,
            @Nullable String cwd,
            @Nullable String user,
            byte @Nullable [] stdin,
            boolean stdinFollows,
            long deliveryTimeoutMillis,
            boolean callerWaits,
            @Nullable Map<String, String> parameters,
            @Nullable String salt,
            @Nullable LoginSession login,
            @Nullable Boolean elsewhere) {}

    /** A command: either text, with an optional shell, or a program with its arguments. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record StoredCommand(
            @Nullable String text,
            @Nullable String shell,
            @Nullable List<String> argv,
            @Nullable Boolean truncated) {}

    static byte[] command(CommandLine command) {
        return MAPPER.writeValueAsBytes(stored(command, null));
    }

    private static StoredCommand stored(CommandLine command, @Nullable Boolean truncated) {
        return switch (command) {
            case CommandLine.Script(String text, String shell) -> new StoredCommand(text, shell, null, truncated);
            case CommandLine.Argv(List<String> argv) -> new StoredCommand(null, null, argv, truncated);
            case CommandLine.Truncated(CommandLine begin) -> stored(begin, true);
        };
    }

    static CommandLine readCommand(byte[] json) {
        StoredCommand stored = MAPPER.readValue(json, StoredCommand.class);
        CommandLine command = stored.argv() != null
                ? new CommandLine.Argv(stored.argv())
                : new CommandLine.Script(Objects.requireNonNull(stored.text()), stored.shell());
        return Boolean.TRUE.equals(stored.truncated()) ? new CommandLine.Truncated(command) : command;
    }

    /** Writes labels or secret variables; absent for none. */
    public static @Nullable String names(Map<String, String> values) {
        return values.isEmpty() ? null : MAPPER.writeValueAsString(values);
    }

    public static Map<String, String> readNames(@Nullable String json) {
        return json == null ? Map.of() : MAPPER.readValue(json, NAMES);
    }

    static byte[] startOptions(StartOptions options) {
        return startOptions(options, null);
    }

    /** Writes the terms that are needed while the options wait, if the complete options are stored elsewhere. */
    static byte[] terms(StartOptions options) {
        return startOptions(options.terms(), true);
    }

    private static byte[] startOptions(StartOptions options, @Nullable Boolean elsewhere) {
        return MAPPER.writeValueAsBytes(new StoredStartOptions(
                options.env().isEmpty() ? null : options.env(),
                options.cwd(),
                options.user(),
                options.stdin(),
                options.stdinFollows(),
                options.deliveryTimeout().toMillis(),
                options.callerWaits(),
                options.parameters().isEmpty() ? null : options.parameters(),
                options.salt(),
                options.login(),
                elsewhere));
    }

    /**
     * Start options from JSON.
     *
     * @param elsewhere whether these are only the terms, and the complete options are stored elsewhere
     */
    record ReadStartOptions(StartOptions startOptions, boolean elsewhere) {}

    static ReadStartOptions readStartOptions(byte[] json) {
        StoredStartOptions stored = MAPPER.readValue(json, StoredStartOptions.class);
        StartOptions options = new StartOptions(
                stored.env() == null ? Map.of() : stored.env(),
                stored.cwd(),
                stored.user(),
                stored.stdin(),
                stored.stdinFollows(),
                Duration.ofMillis(stored.deliveryTimeoutMillis()),
                stored.callerWaits(),
                stored.parameters() == null ? Map.of() : stored.parameters(),
                stored.salt(),
                stored.login());
        return new ReadStartOptions(options, Boolean.TRUE.equals(stored.elsewhere()));
    }
}
