// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One value in a YAML file, which knows where it stands. Reading it as what it is not is an error that says the line and
 * what was expected; the value itself is never quoted.
 */
final class Setting {
    private final String file;
    private final String name;
    private final Node node;

    Setting(String file, String name, Node node) {
        this.file = file;
        this.name = name;
        this.node = node;
    }

    /** The settings of a section by their names; every name has to be one of these. */
    Map<String, Setting> section(Set<String> names) throws ConfigException {
        Map<String, Setting> settings = entries("a section with " + list(names));
        for (Map.Entry<String, Setting> entry : settings.entrySet()) {
            if (!names.contains(entry.getKey())) {
                throw entry.getValue().wrong("there is no such setting here; expected " + list(names));
            }
        }
        return settings;
    }

    /** The settings of a section whose names are up to the user. */
    Map<String, Setting> entries(String expected) throws ConfigException {
        if (!(node instanceof MappingNode mapping)) {
            throw wrong("expected " + expected);
        }
        Map<String, Setting> settings = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw new Setting(file, name, tuple.getKeyNode()).wrong("expected the name of a setting");
            }
            Setting setting = new Setting(file, key.getValue(), tuple.getValueNode());
            if (settings.put(key.getValue(), setting) != null) {
                throw setting.wrong("'" + key.getValue() + "' is set twice");
            }
        }
        return settings;
    }

    List<Setting> items() throws ConfigException {
        if (!(node instanceof SequenceNode sequence)) {
            throw wrong("expected a list");
        }
        List<Setting> items = new ArrayList<>();
        for (Node item : sequence.getValue()) {
            items.add(new Setting(file, name, item));
        }
        return items;
    }

    String text(String expected) throws ConfigException {
        if (node instanceof ScalarNode scalar
                && !scalar.getTag().equals(Tag.NULL)
                && !scalar.getValue().isBlank()) {
            return scalar.getValue();
        }
        throw wrong("expected " + expected);
    }

    int integer(int least, int most) throws ConfigException {
        return (int) number(least, most);
    }

    long number(long least, long most) throws ConfigException {
        String expected = most == Long.MAX_VALUE
                ? "expected a whole number, " + least + " or more"
                : "expected a whole number from " + least + " to " + most;
        if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.INT)) {
            throw wrong(expected);
        }
        try {
            long value = Long.parseLong(scalar.getValue());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Told below, as any other value out of range.
        }
        throw wrong(expected);
    }

    boolean bool() throws ConfigException {
        if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL)) {
            return Boolean.parseBoolean(scalar.getValue());
        }
        throw wrong("expected true or false");
    }

    /** An error at this place. */
    ConfigException wrong(String what) {
        String line = node.getStartMark()
                .map(mark -> ", line " + (mark.getLine() + 1))
                .orElse("");
        String subject = name.isEmpty() ? "" : name + ": ";
        return new ConfigException("Cannot use the configuration " + file + line + ": " + subject + what);
    }

    static Optional<Setting> of(Map<String, Setting> section, String name) {
        return Optional.ofNullable(section.get(name));
    }

    private static String list(Set<String> names) {
        return String.join(", ", new TreeSet<>(names));
    }
}
