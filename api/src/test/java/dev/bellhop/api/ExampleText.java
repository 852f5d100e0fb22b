// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Formats examples: JSON with as much on a line as fits. */
final class ExampleText {
    private static final int WIDTH = 110;

    private ExampleText() {}

    static String of(JsonNode value) {
        return of(value, "");
    }

    private static String of(JsonNode value, String indent) {
        String line = line(value);
        if (line.length() + indent.length() <= WIDTH || !value.isContainer() || value.isEmpty()) {
            return line;
        }
        String deeper = indent + "  ";
        return value.isObject()
                ? block(
                        "{",
                        value.properties().stream()
                                .map(one -> name(one.getKey()) + of(one.getValue(), deeper))
                                .toList(),
                        indent,
                        "}")
                : block("[", value.valueStream().map(one -> of(one, deeper)).toList(), indent, "]");
    }

    /** Fills lines with members; a member of several lines has its lines for itself. */
    private static String block(String open, List<String> members, String indent, String close) {
        StringBuilder text = new StringBuilder(open);
        int column = WIDTH;
        for (String member : members) {
            boolean fits = column + member.length() < WIDTH && !member.contains("\n");
            text.append(text.length() > open.length() ? "," : "")
                    .append(fits ? " " : "\n" + indent + "  ")
                    .append(member);
            column = member.contains("\n") ? WIDTH : (fits ? column : indent.length() + 2) + member.length() + 2;
        }
        return text.append("\n").append(indent).append(close).toString();
    }

    private static String line(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT ->
                value.properties().stream()
                        .map(one -> name(one.getKey()) + line(one.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"));
            case ARRAY -> value.valueStream().map(ExampleText::line).collect(Collectors.joining(", ", "[", "]"));
            default -> value.toString();
        };
    }

    private static String name(String name) {
        return Json.mapper().writeValueAsString(name) + ": ";
    }
}
