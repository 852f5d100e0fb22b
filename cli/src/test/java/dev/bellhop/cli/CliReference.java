// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Writes the sections of docs/reference/cli.md from the help of the commands. */
final class CliReference {
    private static final Pattern QUOTED = Pattern.compile("(?<![\\w`])'([^'`]{2,}?)'(?!\\w)");
    private static final Pattern OPTION = Pattern.compile("(?<![\\w`'-])(--[a-z][a-z-]*|-[a-zA-Z])(?![\\w`-])");

    private final Set<String> common;

    private CliReference(CommandLine root) {
        this.common = root.getCommandSpec().optionsMap().keySet();
    }

    /** Returns a table of all commands, then a section for each. */
    static String of(CommandLine root) {
        CliReference reference = new CliReference(root);
        List<CommandSpec> commands =
                commands(root).map(CommandLine::getCommandSpec).toList();
        return "\n## Commands\n\n| command | |\n| --- | --- |\n"
                + commands.stream().map(reference::row).collect(Collectors.joining())
                + commands.stream().map(reference::section).collect(Collectors.joining());
    }

    /** Returns the commands that do something, in the order of the help. */
    static Stream<CommandLine> commands(CommandLine command) {
        return command.getSubcommands().isEmpty()
                ? Stream.of(command)
                : command.getSubcommands().values().stream().flatMap(CliReference::commands);
    }

    private String row(CommandSpec command) {
        String name = command.qualifiedName();
        String summary = String.join(" ", command.usageMessage().description());
        return "| [" + name + "](#" + name.replace(' ', '-') + ") | "
                + prose(summary).replaceFirst("(?<=[a-z)])[.:] .*", ".") + " |\n";
    }

    private String section(CommandSpec command) {
        return "\n## " + command.qualifiedName() + "\n\n```\n" + synopsis(command) + "\n```\n\n"
                + prose(String.join(" ", command.usageMessage().description())) + "\n"
                + table(command) + footer(command);
    }

    private String synopsis(CommandSpec command) {
        String[] custom = command.usageMessage().customSynopsis();
        if (custom.length > 0) {
            return Arrays.stream(custom).map(String::strip).collect(Collectors.joining("\n"));
        }
        Stream<String> required = options(command)
                .filter(option -> option.required() && option.group() == null)
                .map(option -> option.longestName() + value(option));
        Stream<String> positional = command.positionalParameters().stream().map(CliReference::label);
        return Stream.of(Stream.of(command.qualifiedName(), "[OPTIONS]"), required, positional)
                .flatMap(words -> words)
                .collect(Collectors.joining(" "));
    }

    private String table(CommandSpec command) {
        List<String> rows = new ArrayList<>();
        command.positionalParameters().forEach(one -> rows.add(row("`" + label(one) + "`", one)));
        options(command).forEach(option -> rows.add(row(names(option), option)));
        return rows.isEmpty() ? "" : "\n| | |\n| --- | --- |\n" + String.join("", rows);
    }

    private static String row(String names, ArgSpec argument) {
        return "| " + names + " | "
                + prose(String.join(" ", argument.description())).replace("|", "\\|") + " |\n";
    }

    private Stream<OptionSpec> options(CommandSpec command) {
        return command.options().stream().filter(option -> !option.hidden() && !common.contains(option.longestName()));
    }

    private static String names(OptionSpec option) {
        return Arrays.stream(option.names())
                .sorted((a, b) -> b.length() - a.length())
                .map(name -> name.equals(option.longestName()) ? name + value(option) : name)
                .map(name -> "`" + name + "`")
                .collect(Collectors.joining(", "));
    }

    private static String value(OptionSpec option) {
        return option.arity().max() == 0 ? "" : " " + option.paramLabel();
    }

    private static String label(PositionalParamSpec parameter) {
        String label = parameter.paramLabel();
        String many = parameter.isMultiValue() && !label.endsWith("...") ? "..." : "";
        return parameter.required() || label.startsWith("[") ? label + many : "[" + label + many + "]";
    }

    /** Returns the paragraphs of a footer, with its examples as a block of code. */
    private static String footer(CommandSpec command) {
        StringBuilder text = new StringBuilder();
        boolean code = false;
        for (String line : command.usageMessage().footer()) {
            boolean example = line.startsWith("  ");
            if (example != code) {
                text.append(example ? "\n```sh\n" : "```\n");
                code = example;
            }
            if (example) {
                text.append(plain(line.substring(2))).append("\n");
            } else if (!line.isBlank() && !line.matches("Examples?:")) {
                text.append("\n").append(prose(line)).append("\n");
            }
        }
        return text + (code ? "```\n" : "");
    }

    private static String plain(String text) {
        return text.replace("%n", "\n").replace("%%", "%");
    }

    /** Returns text with the commands in quotes and the options as code. */
    private static String prose(String text) {
        String quoted = QUOTED.matcher(plain(text).replaceAll("\\s+", " ")).replaceAll("`$1`");
        String[] parts = quoted.split("`", -1);
        for (int i = 0; i < parts.length; i += 2) {
            parts[i] = OPTION.matcher(parts[i].replace("<", "&lt;")).replaceAll("`$1`");
        }
        return String.join("`", parts).strip();
    }
}
