// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.v2.admin.SavedParameter;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.policy.LoadedNames;
import dev.bellhop.server.policy.RulePatterns;
import dev.bellhop.server.policy.SavedParameters;
import dev.bellhop.server.policy.SavedParameters.Choice;
import dev.bellhop.server.policy.SavedParameters.Parameter;
import dev.bellhop.server.policy.SavedParameters.Text;
import dev.bellhop.server.policy.SavedParameters.Use;
import dev.bellhop.server.policy.SavedParameters.ValueType;
import dev.bellhop.server.policy.SavedParameters.Whole;
import dev.bellhop.server.policy.SavedParameters.YesOrNo;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Checks a parameter of a command to be saved. */
final class ParameterValidator {
    private static final int MAX_CHOICES = 100;
    private static final int MAX_CHOICE = 255;
    private static final int MAX_DESCRIPTION = 1_000;

    private final SavedParameter wanted;
    private final FieldFaults faults;
    private int steps;

    ParameterValidator(SavedParameter wanted, FieldFaults faults) {
        this.wanted = wanted;
        this.faults = faults;
    }

    Parameter parameter() {
        faults.malformedUnless(
                SavedParameters.isName(wanted.name()),
                "/name",
                "1 to 63 letters, digits and _, not with a digit at first");
        Use use = use();
        only(use == Use.ARGUMENT, "/code", wanted.code());
        faults.unknownUnless(
                use == Use.ARGUMENT || !LoadedNames.contains(wanted.name()),
                "/name",
                "A variable by which nothing is told what to run, as by this one; take another name, and set this one in the"
                        + " command");
        ValueType type = type(use);
        String defaultValue = defaultValue(type, use);
        boolean hasDefault = wanted.defaultValue() != null;
        boolean required = wanted.required() == null ? !hasDefault : wanted.required();
        faults.surplusUnless(!required || !hasDefault, "/required", "Left out, or false, where there is a default");
        // If an optional word were left out, the option before it would use the next word as its value.
        faults.missingUnless(
                required || hasDefault || use != Use.ARGUMENT,
                "/default",
                "What the argument is where it is not given; none is left out");
        checkDescription(wanted.description(), faults);
        return new Parameter(
                wanted.name(),
                wanted.description(),
                use,
                type,
                defaultValue,
                required,
                Boolean.TRUE.equals(wanted.code()));
    }

    /** Returns the cost of its pattern in steps. */
    int steps() {
        return steps;
    }

    static void checkDescription(@Nullable String text, FieldFaults faults) {
        faults.outOfRangeUnless(
                text == null || (text.length() <= MAX_DESCRIPTION && GuestText.isSendable(text)),
                "/description",
                "At most " + MAX_DESCRIPTION + " characters");
    }

    private Use use() {
        boolean argument = wanted.as().equals("argument");
        faults.unknownUnless(argument || wanted.as().equals("environment"), "/as", "One of argument, environment");
        return argument ? Use.ARGUMENT : Use.ENVIRONMENT;
    }

    private ValueType type(Use use) {
        String type = wanted.type();
        only(type.equals("string"), "/pattern", wanted.pattern());
        only(type.equals("string"), "/maxLength", wanted.maxLength());
        only(type.equals("string") && use == Use.ARGUMENT, "/leadingDash", wanted.leadingDash());
        only(type.equals("integer"), "/min", wanted.min());
        only(type.equals("integer"), "/max", wanted.max());
        only(type.equals("choice"), "/choices", wanted.choices());
        return switch (type) {
            case "string" -> text();
            case "integer" -> whole();
            case "boolean" -> new YesOrNo();
            case "choice" -> choice();
            default -> {
                faults.add("/type", "One of string, integer, boolean, choice", Fault.UNKNOWN_VALUE);
                yield new YesOrNo();
            }
        };
    }

    private void only(boolean fits, String field, @Nullable Object value) {
        faults.surplusUnless(fits || value == null, field, "Left out with this type of parameter");
    }

    private Text text() {
        String pattern = wanted.pattern();
        if (pattern != null) {
            OptionalInt size = RulePatterns.steps(pattern);
            faults.malformedUnless(size.isPresent(), "/pattern", PolicyValidator.PATTERN);
            steps = size.orElse(0);
            if (size.isEmpty() || steps > RulePatterns.MAX_STEPS) {
                // The pattern was refused, so nothing is matched against it.
                pattern = null;
            }
        }
        int longest = wanted.maxLength() == null ? SavedParameters.DEFAULT_LENGTH : wanted.maxLength();
        faults.unlessBetween(1, longest, SavedParameters.MAX_LENGTH, "/maxLength");
        return new Text(pattern, longest, Boolean.TRUE.equals(wanted.leadingDash()));
    }

    private Whole whole() {
        long min = wanted.min() == null ? 0 : wanted.min();
        long max = wanted.max() == null ? Long.MAX_VALUE : wanted.max();
        faults.outOfRangeUnless(min <= max, "/max", "No less than min, which is 0 unless given");
        return new Whole(min, max);
    }

    private Choice choice() {
        List<String> choices = wanted.choices() == null ? List.of() : wanted.choices();
        faults.unlessBetween(1, choices.size(), MAX_CHOICES, "/choices", "1 to " + MAX_CHOICES + " texts");
        for (String choice : choices) {
            faults.outOfRangeUnless(
                    choice.length() <= MAX_CHOICE && GuestText.isSendable(choice),
                    "/choices",
                    "Texts of at most " + MAX_CHOICE + " characters");
        }
        return new Choice(choices);
    }

    private @Nullable String defaultValue(ValueType type, Use use) {
        Object value = wanted.defaultValue();
        if (value == null) {
            return null;
        }
        Optional<String> text = type.text(value, use).filter(GuestText::isSendable);
        faults.unknownUnless(text.isPresent(), "/default", "A value that the parameter takes");
        return text.orElse(null);
    }
}
