// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.SavedParameter;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
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

/** Checks a parameter of a command that somebody wants to save, and adds what is wrong with it to what else is. */
final class WantedParameter {
    private static final int MOST_CHOICES = 100;
    private static final int LONGEST_CHOICE = 255;

    private final SavedParameter wanted;
    private final String place;
    private final List<FieldFault> faults;
    private int steps;

    WantedParameter(SavedParameter wanted, String place, List<FieldFault> faults) {
        this.wanted = wanted;
        this.place = place;
        this.faults = faults;
    }

    Parameter parameter() {
        if (!SavedParameters.isName(wanted.name())) {
            fault("/name", "1 to 63 letters, digits and _, not with a digit at first", Fault.MALFORMED);
        }
        Use use = use();
        only(use == Use.ARGUMENT, "/code", wanted.code());
        if (use == Use.ENVIRONMENT && LoadedNames.contains(wanted.name())) {
            fault(
                    "/name",
                    "A variable by which nothing is told what to run, as by this one; take another name, and set this one in the"
                            + " command",
                    Fault.UNKNOWN_VALUE);
        }
        ValueType type = type(use);
        String usual = usual(type, use);
        boolean required = wanted.required() == null ? wanted.defaultValue() == null : wanted.required();
        if (required && wanted.defaultValue() != null) {
            fault("/required", "Left out, or false, where there is a default", Fault.UNKNOWN_FIELD);
        }
        // A word that is left out would have the next one taken for the value of the option before it.
        if (!required && wanted.defaultValue() == null && use == Use.ARGUMENT) {
            fault("/default", "What the argument is where it is not given; none is left out", Fault.REQUIRED);
        }
        return new Parameter(
                wanted.name(), description(), use, type, usual, required, Boolean.TRUE.equals(wanted.code()));
    }

    /** What its pattern costs. */
    int steps() {
        return steps;
    }

    private @Nullable String description() {
        WantedSavedCommand.checkDescription(wanted.description(), place, faults);
        return wanted.description();
    }

    private Use use() {
        return switch (wanted.as()) {
            case "argument" -> Use.ARGUMENT;
            case "environment" -> Use.ENVIRONMENT;
            default -> {
                fault("/as", "One of argument, environment", Fault.UNKNOWN_VALUE);
                yield Use.ENVIRONMENT;
            }
        };
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
                fault("/type", "One of string, integer, boolean, choice", Fault.UNKNOWN_VALUE);
                yield new YesOrNo();
            }
        };
    }

    private void only(boolean fits, String field, @Nullable Object value) {
        if (value != null && !fits) {
            fault(field, "Left out with this type of parameter", Fault.UNKNOWN_FIELD);
        }
    }

    private Text text() {
        String pattern = wanted.pattern();
        if (pattern != null) {
            OptionalInt size = RulePatterns.steps(pattern);
            if (size.isEmpty()) {
                fault("/pattern", WantedPolicy.PATTERN, Fault.MALFORMED);
                pattern = null;
            }
            steps = size.orElse(0);
            if (steps > RulePatterns.MOST_STEPS) {
                // It is refused, and nothing is to be matched against it.
                pattern = null;
            }
        }
        int longest = wanted.maxLength() == null ? SavedParameters.USUAL_LENGTH : wanted.maxLength();
        if (longest < 1 || longest > SavedParameters.LONGEST) {
            fault("/maxLength", "1 to " + SavedParameters.LONGEST, Fault.OUT_OF_RANGE);
        }
        return new Text(pattern, longest, Boolean.TRUE.equals(wanted.leadingDash()));
    }

    private Whole whole() {
        long min = wanted.min() == null ? 0 : wanted.min();
        long max = wanted.max() == null ? Long.MAX_VALUE : wanted.max();
        if (min > max) {
            fault("/max", "No less than min, which is 0 unless given", Fault.OUT_OF_RANGE);
        }
        return new Whole(min, max);
    }

    private Choice choice() {
        List<String> choices = wanted.choices() == null ? List.of() : wanted.choices();
        if (choices.isEmpty() || choices.size() > MOST_CHOICES) {
            fault("/choices", "1 to " + MOST_CHOICES + " texts", Fault.OUT_OF_RANGE);
        }
        for (String choice : choices) {
            if (choice.length() > LONGEST_CHOICE || !GuestText.isSendable(choice)) {
                fault("/choices", "Texts of at most " + LONGEST_CHOICE + " characters", Fault.OUT_OF_RANGE);
            }
        }
        return new Choice(choices);
    }

    private @Nullable String usual(ValueType type, Use use) {
        Object value = wanted.defaultValue();
        if (value == null) {
            return null;
        }
        Optional<String> text = type.text(value, use).filter(GuestText::isSendable);
        if (text.isEmpty()) {
            fault("/default", "A value that the parameter takes", Fault.UNKNOWN_VALUE);
        }
        return text.orElse(null);
    }

    private void fault(String pointer, String detail, Fault fault) {
        faults.add(new FieldFault(place + pointer, detail, fault));
    }
}
