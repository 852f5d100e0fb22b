// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.SavedCommandVersion;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.policy.LoadedNames;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommand.Template;
import dev.bellhop.server.policy.SavedCommands;
import dev.bellhop.server.policy.SavedParameters.Parameter;
import dev.bellhop.server.policy.SavedParameters.Use;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns a request for a saved command into a command to run. */
public final class SavedRuns {
    private static final String MESSAGE = "Cannot run this because some of its fields are not valid";

    private final SavedCommands commands;
    private final FairTurns turns;

    public SavedRuns(SavedCommands commands, FairTurns turns) {
        this.commands = commands;
        this.turns = turns;
    }

    /**
     * Returns the request for the engine: a saved command, or the caller's own command. Throws {@code INVALID_FIELD}.
     *
     * @param login for a caller over SSH; absent for others
     */
    ExecutionRequest request(CreateExecution wanted, @Nullable LoginSession login, Key caller) {
        FieldFaults faults = new FieldFaults();
        if (wanted.savedCommand() == null) {
            String why = "Left out, unless there is a savedCommand";
            faults.surplusUnless(wanted.version() == null, "/version", why);
            faults.surplusUnless(wanted.parameters() == null, "/parameters", why);
            faults.throwIfAny(MESSAGE);
            return check(wanted, login, caller);
        }
        SavedCommand command = find(wanted, caller);
        checkIsItsOwn(wanted, command, faults);
        Map<String, String> values = turns.of(caller.holder()).take(() -> values(wanted, command, faults));
        faults.throwIfAny(MESSAGE);
        CreateExecution whole = whole(wanted, command, values);
        return check(whole, login, caller)
                .savedAs(new SavedCommandVersion(command.name(), command.version(), command.createdAt()), values);
    }

    private ExecutionRequest check(CreateExecution wanted, @Nullable LoginSession login, Key caller) {
        String stdin = wanted.stdin();
        return turns.of(caller.holder())
                .take(stdin == null ? 0 : stdin.length(), () -> ExecutionValidator.check(wanted, login, caller));
    }

    /** Finds a saved command of the caller's account. Commands of other accounts do not exist for the caller. */
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

    /** Checks that the caller leaves out the fields that the saved command sets. */
    private static void checkIsItsOwn(CreateExecution wanted, SavedCommand command, FieldFaults faults) {
        String why = "Left out with a savedCommand, which says it";
        faults.surplusUnless(wanted.command() == null, "/command", why);
        faults.surplusUnless(wanted.argv() == null, "/argv", why);
        faults.surplusUnless(wanted.shell() == null, "/shell", why);
        faults.surplusUnless(wanted.env() == null, "/env", why);
        faults.surplusUnless(wanted.secretEnv() == null, "/secretEnv", why);
        faults.surplusUnless(wanted.user() == null, "/user", why);
        faults.surplusUnless(wanted.cwd() == null, "/cwd", why);
        if (!command.takesStdin()) {
            String noInput = "Left out, for this saved command takes no stdin";
            faults.surplusUnless(wanted.stdin() == null, "/stdin", noInput);
            faults.surplusUnless(wanted.stdinBase64() == null, "/stdinBase64", noInput);
            faults.surplusUnless(wanted.stdinFollows() == null, "/stdinFollows", noInput);
        }
        Integer longest = command.template().timeoutSeconds();
        faults.outOfRangeUnless(
                longest == null || wanted.timeoutSeconds() == null || wanted.timeoutSeconds() <= longest,
                "/timeoutSeconds",
                "At most " + longest + ", as it was saved");
    }

    private static Map<String, String> values(CreateExecution wanted, SavedCommand command, FieldFaults faults) {
        Map<String, Object> given = wanted.parameters() == null ? Map.of() : wanted.parameters();
        Map<String, String> values = new HashMap<>();
        for (Parameter parameter : command.parameters()) {
            Object value = given.get(parameter.name());
            String pointer = "/parameters/" + parameter.name();
            if (value != null && isLoaded(parameter)) {
                faults.add(
                        pointer,
                        "Left out, for this variable tells programs what to run; have the command saved with another one",
                        Fault.UNKNOWN_VALUE);
            } else if (value != null) {
                Optional<String> text = parameter.text(value).filter(GuestText::isSendable);
                text.ifPresent(one -> values.put(parameter.name(), one));
                if (text.isEmpty()) {
                    faults.add(pointer, "A value that this parameter takes", Fault.UNKNOWN_VALUE);
                }
            } else if (parameter.defaultValue() != null) {
                values.put(parameter.name(), parameter.defaultValue());
            } else if (parameter.required()) {
                faults.add(pointer, "This parameter is required", Fault.REQUIRED);
            }
        }
        // The error does not quote the name, because it is the caller's own text.
        if (!command.parameters().stream().map(Parameter::name).toList().containsAll(given.keySet())) {
            faults.add("/parameters", "None but those of the saved command", Fault.UNKNOWN_FIELD);
        }
        return values;
    }

    /**
     * Checks whether a parameter is a variable that decides which code programs run. Only versions that were saved
     * before such names were refused have one.
     */
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
