// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommand.Template;
import dev.bellhop.server.policy.SavedParameters.Choice;
import dev.bellhop.server.policy.SavedParameters.Parameter;
import dev.bellhop.server.policy.SavedParameters.Text;
import dev.bellhop.server.policy.SavedParameters.Use;
import dev.bellhop.server.policy.SavedParameters.ValueType;
import dev.bellhop.server.policy.SavedParameters.Whole;
import dev.bellhop.server.policy.SavedParameters.YesOrNo;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The part of a saved command that is stored as JSON in a separate column. */
public final class SavedCommandJson {
    /** Fails on unknown fields, as for policies: a field from a newer server may be a limit. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private SavedCommandJson() {}

    private record Definition(
            @Nullable String description,
            @Nullable String script,
            @Nullable String shell,
            @Nullable List<String> argv,
            Map<String, String> env,
            @Nullable String user,
            @Nullable String cwd,
            @Nullable Integer timeoutSeconds,
            boolean stdin,
            List<StoredParameter> parameters) {}

    /** Exactly one of the last four components is present. */
    private record StoredParameter(
            String name,
            @Nullable String description,
            Use use,
            @Nullable String usual,
            boolean required,
            @Nullable Boolean code,
            @Nullable Text text,
            @Nullable Whole whole,
            @Nullable Boolean yesOrNo,
            @Nullable List<String> choices) {
        static StoredParameter of(Parameter parameter) {
            ValueType type = parameter.type();
            return new StoredParameter(
                    parameter.name(),
                    parameter.description(),
                    parameter.use(),
                    parameter.defaultValue(),
                    parameter.required(),
                    parameter.code() ? true : null,
                    type instanceof Text text ? text : null,
                    type instanceof Whole whole ? whole : null,
                    type instanceof YesOrNo ? true : null,
                    type instanceof Choice choice ? choice.choices() : null);
        }

        Parameter parameter() {
            return new Parameter(name, description, use, type(), usual, required, Boolean.TRUE.equals(code));
        }

        private ValueType type() {
            if (text != null) {
                return text;
            }
            if (whole != null) {
                return whole;
            }
            if (choices != null) {
                return new Choice(choices);
            }
            if (yesOrNo == null) {
                throw new IllegalStateException("a stored parameter has no type");
            }
            return new YesOrNo();
        }
    }

    public static String write(SavedCommand command) {
        Template template = command.template();
        return MAPPER.writeValueAsString(new Definition(
                command.description(),
                template.script(),
                template.shell(),
                template.argv(),
                template.env(),
                template.user(),
                template.cwd(),
                template.timeoutSeconds(),
                command.takesStdin(),
                command.parameters().stream().map(StoredParameter::of).toList()));
    }

    public static SavedCommand read(
            String json, Tenant tenant, String name, int version, Instant createdAt, String keyId) {
        Definition stored = MAPPER.readValue(json, Definition.class);
        Template template = new Template(
                stored.script(),
                stored.shell(),
                stored.argv(),
                stored.env(),
                stored.user(),
                stored.cwd(),
                stored.timeoutSeconds());
        return new SavedCommand(
                tenant,
                name,
                version,
                stored.description(),
                template,
                stored.parameters().stream().map(StoredParameter::parameter).toList(),
                stored.stdin(),
                createdAt,
                keyId);
    }
}
