// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import dev.bellhop.server.policy.SavedParameters.Parameter;
import dev.bellhop.server.policy.SavedParameters.Use;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One version of a command that was saved under a name for others to run. They supply values for its parameters. Each
 * value becomes a whole word of the argv or a variable, unchanged, and never a part of a text that a shell reads.
 *
 * @param version its number among the versions of its name, counted from 1
 * @param takesStdin whether its caller can supply stdin
 * @param keyId the key that saved it
 */
public record SavedCommand(
        Tenant tenant,
        String name,
        int version,
        @Nullable String description,
        Template template,
        List<Parameter> parameters,
        boolean takesStdin,
        Instant createdAt,
        String keyId) {

    public SavedCommand {
        parameters = List.copyOf(parameters);
    }

    /** The command to run: a script, or an argv with words that are placeholders for parameters. */
    public record Template(
            @Nullable String script,
            @Nullable String shell,
            @Nullable List<String> argv,
            Map<String, String> env,
            @Nullable String user,
            @Nullable String cwd,
            @Nullable Integer timeoutSeconds) {
        public Template {
            argv = argv == null ? null : List.copyOf(argv);
            env = Map.copyOf(env);
        }

        @Override
        public String toString() {
            return "Template[]";
        }
    }

    /** Returns whether it is the first version of its name. */
    public boolean isFirst() {
        return version == 1;
    }

    /** Returns its argv with the parameters filled in; absent if it is a script. */
    public @Nullable List<String> argv(Map<String, String> values) {
        List<String> words = template.argv();
        return words == null
                ? null
                : words.stream()
                        .map(word -> SavedParameters.placeholder(word)
                                .map(values::get)
                                .orElse(word))
                        .toList();
    }

    /** Returns its variables with the parameters filled in. */
    public Map<String, String> env(Map<String, String> values) {
        Map<String, String> variables = new TreeMap<>(template.env());
        for (Parameter parameter : parameters) {
            String value = values.get(parameter.name());
            if (parameter.use() == Use.ENVIRONMENT && value != null) {
                variables.put(parameter.name(), value);
            }
        }
        return variables;
    }

    /** Returns its approximate size, in characters. */
    long size() {
        long size = 500L + length(description) + length(template.script()) + length(template.shell());
        for (String word : template.argv() == null ? List.<String>of() : template.argv()) {
            size += 50L + word.length();
        }
        for (Map.Entry<String, String> variable : template.env().entrySet()) {
            size += 50L + variable.getKey().length() + variable.getValue().length();
        }
        for (Parameter parameter : parameters) {
            size += 200L
                    + length(parameter.description())
                    + length(parameter.defaultValue())
                    + parameter.type().toString().length();
        }
        return size;
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    @Override
    public String toString() {
        return "SavedCommand[" + name + ", version " + version + "]";
    }
}
