// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.NameValue;
import dev.bellhop.cli.command.SecondsConverter;
import dev.bellhop.cli.terminal.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options for how a command runs in the guest. */
final class ExecOptions {

    private final CliContext context;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "The user in the guest. Default: the agent's user, usually root.")
    private @Nullable String user;

    @Option(names = "--cwd", paramLabel = "FOLDER", description = "The folder in the guest, as an absolute path.")
    private @Nullable String cwd;

    @Option(
            names = {"-e", "--env"},
            paramLabel = "NAME[=VALUE]",
            description =
                    "An environment variable; without a value, with the value it has here. Users of the guest can see"
                            + " it while the command runs: use --secret-env for secrets. Repeatable.")
    private List<String> env = List.of();

    @Option(
            names = "--secret-env",
            paramLabel = "NAME[=@FILE]",
            description =
                    "A secret environment variable, with the value it has here or the content of FILE. It is masked in"
                            + " the output. Repeatable.")
    private List<String> secretEnv = List.of();

    @Option(
            names = "--shell",
            paramLabel = "SHELL",
            description = "What runs shell text, such as bash. Default: the guest's sh.")
    private @Nullable String shell;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "End it in the guest after 30s, 5m, 2h or 7d.")
    private @Nullable Integer timeout;

    @Option(
            names = "--wait-for-agent",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "Wait that long for the guest agent. Default: do not wait.")
    private @Nullable Integer deliveryTimeout;

    @Option(
            names = "--label",
            paramLabel = "NAME=VALUE",
            converter = NameValue.Converter.class,
            description = "A label to find it by with 'bellhop ps'. Repeatable.")
    private List<NameValue> labels = List.of();

    ExecOptions(CliContext context) {
        this.context = context;
    }

    /** A request for a saved command. */
    CreateExecution.Builder saved(CreateExecution.Builder saved, List<NameValue> parameters) {
        List<String> all = new ArrayList<>(env);
        parameters.forEach(parameter -> all.add(parameter.value()));
        labels.forEach(label -> all.add(label.value()));
        all.forEach(ExecOptions::requireDecoded);
        return with(saved.parameters(Map.copyOf(NameValue.map(parameters))));
    }

    /**
     * A request for a command.
     *
     * @param words one is text for a shell, several are a program and its arguments
     */
    CreateExecution.Builder request(List<String> words) {
        List<String> all = new ArrayList<>(words);
        all.addAll(env);
        labels.forEach(label -> all.add(label.value()));
        all.add(cwd == null ? "" : cwd);
        all.forEach(ExecOptions::requireDecoded);
        CreateExecution.Builder request =
                words.size() == 1 ? CreateExecution.command(words.getFirst()) : CreateExecution.argv(words);
        return with(request);
    }

    private CreateExecution.Builder with(CreateExecution.Builder request) {
        return request.shell(shell)
                .env(variables())
                .secretEnv(secrets())
                .cwd(cwd)
                .user(user)
                .timeoutSeconds(timeout)
                .deliveryTimeoutSeconds(deliveryTimeout)
                .labels(NameValue.map(labels));
    }

    private Map<String, String> variables() {
        return NameValue.map(env.stream().map(this::variable).toList());
    }

    private NameValue variable(String text) {
        int equals = text.indexOf('=');
        return equals >= 0 ? new NameValue(text.substring(0, equals), text.substring(equals + 1)) : ownVariable(text);
    }

    private Map<String, String> secrets() {
        return NameValue.map(secretEnv.stream().map(this::readSecret).toList());
    }

    private NameValue readSecret(String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            return ownVariable(text);
        }
        String name = text.substring(0, equals);
        if (!text.startsWith("@", equals + 1)) {
            throw new CliException(
                    "Cannot take the secret " + Printable.line(name) + " from the command line, where every"
                            + " user here can read it; give --secret-env NAME, and the value in the environment, or"
                            + " NAME=@FILE");
        }
        String file = text.substring(equals + 2);
        try {
            // As $(cat FILE) would be.
            return new NameValue(name, Files.readString(Path.of(file)).replaceAll("[\\r\\n]+$", ""));
        } catch (IOException | InvalidPathException e) {
            throw new CliException("Cannot read the secret " + Printable.line(name) + " from the file "
                    + Printable.line(file) + "; it has to be there, and UTF-8");
        }
    }

    private NameValue ownVariable(String text) {
        String value = context.env().get(text);
        if (value == null) {
            throw new CliException("Cannot pass on the variable " + text + " because there is none of that name here");
        }
        return new NameValue(text, value);
    }

    /**
     * Refuses what the JVM makes of arguments that it cannot decode. Running something else than was typed is worse than
     * refusing the rare command that really has this character in it.
     */
    private static void requireDecoded(String text) {
        if (text.indexOf('\uFFFD') >= 0) {
            throw new CliException("Cannot pass on the command because it has characters that are not valid in this"
                    + " locale; set LC_ALL=C.UTF-8, or write them as escapes, such as $(printf '\\303\\251')");
        }
    }
}
