// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.api.v2.admin.SavedParameter;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.policy.CodeWords;
import dev.bellhop.server.policy.Rule;
import dev.bellhop.server.policy.RulePatterns;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommand.Template;
import dev.bellhop.server.policy.SavedParameters;
import dev.bellhop.server.policy.SavedParameters.Parameter;
import dev.bellhop.server.policy.SavedParameters.Use;
import dev.bellhop.server.service.ExecutionValidator;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** Checks a command to be saved. */
record SavedCommandValidator(CreateSavedCommand wanted, FieldFaults faults) {
    private static final int MAX_PARAMETERS = 50;

    /** Returns a function that creates the saved command once its version is known; throws {@code INVALID_FIELD}. */
    static IntFunction<SavedCommand> check(CreateSavedCommand wanted, Tenant tenant, Key caller, Instant now) {
        return new SavedCommandValidator(wanted, new FieldFaults()).command(tenant, caller, now);
    }

    private IntFunction<SavedCommand> command(Tenant tenant, Key caller, Instant now) {
        faults.malformedUnless(Rule.isName(wanted.name()), "/name", Rule.NAME_FORM);
        ParameterValidator.checkDescription(wanted.description(), faults);
        List<Parameter> parameters = parameters();
        checkPlaces(parameters);
        checkRuns(caller);
        faults.throwIfAny("Cannot save this command because some of its fields are not valid");
        Template template = new Template(
                wanted.command(),
                wanted.shell(),
                wanted.argv(),
                wanted.env() == null ? Map.of() : wanted.env(),
                wanted.user(),
                wanted.cwd(),
                wanted.timeoutSeconds());
        boolean takesStdin = Boolean.TRUE.equals(wanted.stdin());
        return version -> new SavedCommand(
                tenant,
                wanted.name(),
                version,
                wanted.description(),
                template,
                parameters,
                takesStdin,
                now,
                caller.id());
    }

    private List<Parameter> parameters() {
        List<SavedParameter> all = wanted.parameters() == null ? List.of() : wanted.parameters();
        if (all.size() > MAX_PARAMETERS) {
            faults.add("/parameters", "At most " + MAX_PARAMETERS, Fault.OUT_OF_RANGE);
            return List.of();
        }
        List<Parameter> parameters = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Map<String, String> env = wanted.env() == null ? Map.of() : wanted.env();
        int steps = 0;
        for (int i = 0; i < all.size(); i++) {
            FieldFaults here = faults.within("/parameters/" + i);
            ParameterValidator one = new ParameterValidator(all.get(i), here);
            Parameter parameter = one.parameter();
            parameters.add(parameter);
            steps += one.steps();
            if (steps > RulePatterns.MAX_STEPS) {
                // Stop here: the remaining patterns then cost nothing.
                faults.add("/parameters", "Patterns that are simpler, all together", Fault.OUT_OF_RANGE);
                return List.of();
            }
            here.unknownUnless(names.add(parameter.name()), "/name", "A name that no other parameter has");
            here.unknownUnless(
                    parameter.use() == Use.ARGUMENT || !env.containsKey(parameter.name()),
                    "/name",
                    "A name that is not in env");
        }
        return parameters;
    }

    /** Checks that each argument is a separate word in argv, and that no placeholder is within other text. */
    private void checkPlaces(List<Parameter> parameters) {
        Set<String> missing = new HashSet<>();
        parameters.stream().filter(one -> one.use() == Use.ARGUMENT).forEach(one -> missing.add(one.name()));
        Set<String> arguments = Set.copyOf(missing);
        Set<String> code =
                parameters.stream().filter(Parameter::code).map(Parameter::name).collect(Collectors.toSet());
        faults.malformedUnless(
                wanted.command() == null || !SavedParameters.hasPlaceholderWithin(wanted.command()),
                "/command",
                "Text without {{name}}: a parameter of it is a variable, as in \"$name\"");
        List<String> words = wanted.argv() == null ? List.of() : wanted.argv();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            Optional<String> name = SavedParameters.placeholder(word);
            if (name.isPresent()) {
                missing.remove(name.get());
                checkPlace(words, i, arguments.contains(name.get()), code.contains(name.get()));
            } else if (SavedParameters.hasPlaceholderWithin(word)) {
                faults.add("/argv/" + i, "{{name}} as a word of its own, or not at all", Fault.MALFORMED);
            }
        }
        faults.unknownUnless(
                missing.isEmpty(), "/parameters", "Each argument has its place in argv, as a word {{name}}");
    }

    private void checkPlace(List<String> words, int i, boolean isArgument, boolean isCode) {
        if (i == 0) {
            faults.add("/argv/0", "A program that is no parameter", Fault.MALFORMED);
        } else if (!isArgument) {
            faults.add("/argv/" + i, "The name of a parameter that is an argument", Fault.UNKNOWN_VALUE);
        } else if (!isCode && CodeWords.mayBeCode(words, i)) {
            faults.add(
                    "/argv/" + i,
                    "A place where no program may take a word for code; or \"code\": true with the parameter, and whoever runs it"
                            + " may then run anything",
                    Fault.MALFORMED);
        }
    }

    /** Checks that the command could run unchanged, with the placeholders in place of values. */
    private void checkRuns(Key caller) {
        CreateExecution execution = new CreateExecution(
                wanted.command(),
                wanted.argv(),
                wanted.shell(),
                null,
                null,
                null,
                wanted.env(),
                null,
                wanted.cwd(),
                wanted.user(),
                wanted.timeoutSeconds(),
                null,
                null,
                null,
                null,
                null);
        try {
            ExecutionValidator.check(execution, caller);
        } catch (BellhopException e) {
            faults.addAll(e.faults());
        }
    }
}
