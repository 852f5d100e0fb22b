// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.v2.admin.SavedCommandView;
import dev.bellhop.api.v2.admin.SavedParameter;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommand.Template;
import dev.bellhop.server.policy.SavedParameters.Choice;
import dev.bellhop.server.policy.SavedParameters.Parameter;
import dev.bellhop.server.policy.SavedParameters.Text;
import dev.bellhop.server.policy.SavedParameters.Use;
import dev.bellhop.server.policy.SavedParameters.ValueType;
import dev.bellhop.server.policy.SavedParameters.Whole;
import dev.bellhop.server.policy.SavedParameters.YesOrNo;
import dev.bellhop.server.service.admin.SavedCommandAdmin;
import java.util.Map;
import org.jspecify.annotations.Nullable;

final class SavedCommandViews {
    private SavedCommandViews() {}

    /** Returns the view for a caller. A caller who can only look does not see the template, which can hold secrets. */
    static SavedCommandView view(SavedCommand command, Key caller) {
        Template template = SavedCommandAdmin.showsTemplate(caller)
                ? command.template()
                : new Template(null, null, null, Map.of(), null, null, null);
        return new SavedCommandView(
                command.name(),
                command.version(),
                command.description(),
                command.tenant().accountId(),
                template.script(),
                template.argv(),
                template.shell(),
                template.env().isEmpty() ? null : template.env(),
                template.user(),
                template.cwd(),
                template.timeoutSeconds(),
                command.takesStdin(),
                command.parameters().stream().map(SavedCommandViews::view).toList(),
                command.createdAt(),
                command.keyId());
    }

    private static SavedParameter view(Parameter parameter) {
        ValueType type = parameter.type();
        Text text = type instanceof Text is ? is : null;
        Whole whole = type instanceof Whole is ? is : null;
        return new SavedParameter(
                parameter.name(),
                switch (type) {
                    case Text is -> "string";
                    case Whole is -> "integer";
                    case YesOrNo is -> "boolean";
                    case Choice is -> "choice";
                },
                parameter.use() == Use.ARGUMENT ? "argument" : "environment",
                parameter.description(),
                parameter.required(),
                defaultValue(parameter),
                text == null ? null : text.pattern(),
                type instanceof Choice choice ? choice.choices() : null,
                whole == null ? null : whole.min(),
                (whole == null || whole.max() == Long.MAX_VALUE) ? null : whole.max(),
                text == null ? null : text.maxLength(),
                (text == null || parameter.use() != Use.ARGUMENT) ? null : text.leadingDash(),
                parameter.code() ? true : null);
    }

    private static @Nullable Object defaultValue(Parameter parameter) {
        String defaultValue = parameter.defaultValue();
        if (defaultValue == null) {
            return null;
        }
        return switch (parameter.type()) {
            case Whole is -> Long.valueOf(defaultValue);
            case YesOrNo is -> Boolean.valueOf(defaultValue);
            case Text is -> defaultValue;
            case Choice is -> defaultValue;
        };
    }
}
