// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.execution.SavedCommandVersion;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.policy.LoadedNames;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommand.Template;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.policy.SavedParameters.Parameter;
import dev.bellhop.server.policy.SavedParameters.Use;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes of a request for a saved command what is to be run. */
public final class SavedRuns {
    private static final String MESSAGE = "Cannot run this because some of its fields are not valid";

    private final SavedCommands commands;
    private final PatternThrottle turns;

    public SavedRuns(SavedCommands commands, PatternThrottle turns) {
        this.commands = commands;
        this.turns = turns;
    }

    /**
     * What the engine is to be asked for: a saved command, or what the caller has put together itself.
     *
     * @throws BellhopException {@code INVALID_FIELD}
     */
    ExecutionRequest request(CreateExecution wanted, Key caller) {
        List<FieldFault> faults = new ArrayList<>();
        if (wanted.savedCommand() == null) {
            without(faults, "/version", wanted.version(), "Left out, unless there is a savedCommand");
            without(faults, "/parameters", wanted.parameters(), "Left out, unless there is a savedCommand");
            require(faults);
            return ExecutionValidator.check(wanted, caller);
        }
        SavedCommand command = find(wanted, caller);
        checkIsItsOwn(wanted, command, faults);
        Map<String, String> values = turns.take(caller, () -> values(wanted, command, faults));
        require(faults);
        CreateExecution whole = whole(wanted, command, values);
        return ExecutionValidator.check(whole, caller)
                .savedAs(new SavedCommandVersion(command.name(), command.version(), command.createdAt()), values);
    }

    private static void require(List<FieldFault> faults) {
        if (!faults.isEmpty()) {
            throw new BellhopException(MESSAGE, faults);
        }
    }

    /** One of the caller's account; another's does not exist for it. */
    private SavedCommand find(CreateExecution wanted, Key caller) {
        Integer version = wanted.version();
        List<SavedCommand> versions = commands.versions(caller.tenant(), String.valueOf(wanted.savedCommand()));
        if (versions.isEmpty()) {
            throw unknown("/savedCommand", "The name of a saved command");
        }
        return version == null
                ? versions.getLast()
                : versions.stream()
                        .filter(command -> command.version() == version)
                        .findFirst()
                        .orElseThrow(() -> unknown("/version", "A version that is kept of this saved command"));
    }

    private static BellhopException unknown(String pointer, String detail) {
        return new BellhopException(MESSAGE, List.of(new FieldFault(pointer, detail, Fault.UNKNOWN_VALUE)));
    }

    /** That nothing is said by the caller which is the saved command's to say. */
    private static void checkIsItsOwn(CreateExecution wanted, SavedCommand command, List<FieldFault> faults) {
        String why = "Left out with a savedCommand, which says it";
        without(faults, "/command", wanted.command(), why);
        without(faults, "/argv", wanted.argv(), why);
        without(faults, "/shell", wanted.shell(), why);
        without(faults, "/env", wanted.env(), why);
        without(faults, "/secretEnv", wanted.secretEnv(), why);
        without(faults, "/user", wanted.user(), why);
        without(faults, "/cwd", wanted.cwd(), why);
        if (!command.takesInput()) {
            String noInput = "Left out, for this saved command takes no stdin";
            without(faults, "/stdin", wanted.stdin(), noInput);
            without(faults, "/stdinBase64", wanted.stdinBase64(), noInput);
            without(faults, "/stdinFollows", wanted.stdinFollows(), noInput);
        }
        Integer longest = command.template().timeoutSeconds();
        if (longest != null && wanted.timeoutSeconds() != null && wanted.timeoutSeconds() > longest) {
            faults.add(
                    new FieldFault("/timeoutSeconds", "At most " + longest + ", as it was saved", Fault.OUT_OF_RANGE));
        }
    }

    private static void without(List<FieldFault> faults, String pointer, @Nullable Object value, String why) {
        if (value != null) {
            faults.add(new FieldFault(pointer, why, Fault.UNKNOWN_FIELD));
        }
    }

    private static Map<String, String> values(CreateExecution wanted, SavedCommand command, List<FieldFault> faults) {
        Map<String, Object> given = wanted.parameters() == null ? Map.of() : wanted.parameters();
        Map<String, String> values = new HashMap<>();
        for (Parameter parameter : command.parameters()) {
            Object value = given.get(parameter.name());
            String pointer = "/parameters/" + parameter.name();
            if (value != null && isLoaded(parameter)) {
                faults.add(new FieldFault(
                        pointer,
                        "Left out, for this variable tells programs what to run; have the command saved with another one",
                        Fault.UNKNOWN_VALUE));
            } else if (value != null) {
                Optional<String> text = parameter.text(value).filter(GuestText::isSendable);
                text.ifPresent(one -> values.put(parameter.name(), one));
                if (text.isEmpty()) {
                    faults.add(new FieldFault(pointer, "A value that this parameter takes", Fault.UNKNOWN_VALUE));
                }
            } else if (parameter.usual() != null) {
                values.put(parameter.name(), parameter.usual());
            } else if (parameter.required()) {
                faults.add(new FieldFault(pointer, "This parameter is required", Fault.REQUIRED));
            }
        }
        // Not named: it is text of the caller's own.
        if (!command.parameters().stream().map(Parameter::name).toList().containsAll(given.keySet())) {
            faults.add(new FieldFault("/parameters", "None but those of the saved command", Fault.UNKNOWN_FIELD));
        }
        return values;
    }

    /** Of a version that was saved before such names were refused. */
    private static boolean isLoaded(Parameter parameter) {
        return parameter.use() == Use.ENVIRONMENT && LoadedNames.contains(parameter.name());
    }

    private static CreateExecution whole(CreateExecution wanted, SavedCommand command, Map<String, String> values) {
        Template template = command.template();
        List<String> argv = command.argv(values);
        CreateExecution.Builder whole =
                argv == null ? CreateExecution.command(String.valueOf(template.script())) : CreateExecution.argv(argv);
        if (Boolean.TRUE.equals(wanted.stdinFollows())) {
            whole.stdinFollows();
        }
        return whole.shell(template.shell())
                .env(command.env(values))
                .user(template.user())
                .cwd(template.cwd())
                .timeoutSeconds(wanted.timeoutSeconds() == null ? template.timeoutSeconds() : wanted.timeoutSeconds())
                .stdin(wanted.stdin())
                .stdinBase64(wanted.stdinBase64())
                .deliveryTimeoutSeconds(wanted.deliveryTimeoutSeconds())
                .labels(wanted.labels() == null ? Map.of() : wanted.labels())
                .build();
    }
}
