// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import dev.bellhop.server.vm.VmId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One value of a YAML file, or its absence. An unexpected value is recorded as an error, with its place and path but
 * never with the value itself; reading continues with a placeholder, to report all errors together. For one thread.
 */
final class Setting {
    private final String name;
    private final @Nullable Node node;
    private final @Nullable Setting parent;
    private final List<String> faults;
    private final Map<String, Setting> entries;
    private final TreeSet<String> asked = new TreeSet<>();

    /** @param name as appended to the parent's path: {@code data}, or {@code [0]} in a list */
    private Setting(String name, @Nullable Node node, @Nullable Setting parent, List<String> faults) {
        this.name = name;
        this.node = node;
        this.parent = parent;
        this.faults = faults;
        this.entries = node instanceof MappingNode mapping ? entries(mapping) : Map.of();
    }

    static Setting root(Node node, List<String> faults) {
        return new Setting("", node, null, faults);
    }

    /** Returns the place of an error, for the start of its text. */
    static String place(Optional<Mark> mark) {
        return mark.map(at -> "line " + (at.getLine() + 1) + ", column " + (at.getColumn() + 1) + ": ")
                .orElse("");
    }

    private Map<String, Setting> entries(MappingNode mapping) {
        Map<String, Setting> found = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            String given = tuple.getKeyNode() instanceof ScalarNode key ? key.getValue() : "";
            Setting entry = new Setting(given, tuple.getValueNode(), this, faults);
            if (given.isEmpty()) {
                entry.fault("expected the name of a setting");
            } else if (found.put(given, entry) != null) {
                entry.fault("'" + given + "' is set twice");
            }
        }
        return found;
    }

    void fault(String text) {
        Optional<Mark> mark = node == null ? Optional.empty() : node.getStartMark();
        String path = path();
        faults.add(place(mark) + (path.isEmpty() ? "" : path + ": ") + text);
    }

    /** Computed on demand: there can be thousands of settings, and most have no error. */
    private String path() {
        String above = parent == null || node == null ? "" : parent.path();
        return above.isEmpty() || name.startsWith("[") ? above + name : above + "." + name;
    }

    boolean isSet() {
        return node != null;
    }

    Setting get(String wanted) {
        asked.add(wanted);
        Setting entry = entries.get(wanted);
        return entry == null ? new Setting(wanted, null, this, faults) : entry;
    }

    /**
     * Reads a section. A setting that the reader does not request is an error, since a typo would otherwise leave a
     * default in effect.
     */
    <T> T section(Function<Setting, T> reader) {
        T read = reader.apply(this);
        if (node != null && !(node instanceof MappingNode)) {
            fault("expected a section with " + String.join(", ", asked));
        }
        entries.forEach((given, entry) -> {
            if (!asked.contains(given)) {
                entry.fault(
                        "there is no such setting here; " + nearest(given) + "expected " + String.join(", ", asked));
            }
        });
        return read;
    }

    /** Returns the settings of this section by their names, which are vmids. */
    Map<VmId, Setting> byVm(String expected) {
        if (node != null && !(node instanceof MappingNode)) {
            fault("expected " + expected);
        }
        Map<VmId, Setting> vms = new LinkedHashMap<>();
        entries.forEach((given, entry) -> VmId.parse(given)
                .ifPresentOrElse(
                        id -> vms.put(id, entry),
                        () -> entry.fault("expected a vmid, an integer of 1 or more, as the name")));
        return vms;
    }

    List<Setting> items() {
        if (!(node instanceof SequenceNode sequence)) {
            if (node != null) {
                fault("expected a list");
            }
            return List.of();
        }
        List<Setting> items = new ArrayList<>();
        for (Node item : sequence.getValue()) {
            items.add(new Setting("[" + items.size() + "]", item, this, faults));
        }
        return items;
    }

    /** Records an error if this is not set. */
    Setting required(String expected) {
        if (node == null && parent != null && parent.node instanceof MappingNode) {
            parent.fault("expected " + name + ", " + expected);
        }
        return this;
    }

    /** Empty if it is not set, or if the parser throws IllegalArgumentException, which is recorded as an error. */
    <T> Optional<T> text(String expected, Function<String, T> parser) {
        if (node instanceof ScalarNode scalar
                && !scalar.getTag().equals(Tag.NULL)
                && !scalar.getValue().isBlank()) {
            try {
                return Optional.of(parser.apply(scalar.getValue()));
            } catch (IllegalArgumentException e) {
                // Reported below, like any other invalid value.
            }
        }
        if (node != null) {
            fault("expected " + expected);
        }
        return Optional.empty();
    }

    /** Returns an address to listen on, with its port. Empty if it is not set, or has an error. */
    Optional<InetSocketAddress> address(String example) {
        return text("an address and a port, such as " + example, Setting::parseAddress);
    }

    /**
     * Parses an address. The host can be an IPv6 address in brackets. Names are not resolved: an address to listen on
     * is numeric.
     */
    static InetSocketAddress parseAddress(String text) {
        int colon = Math.max(0, text.lastIndexOf(':'));
        String host = text.substring(0, colon).replaceAll("^\\[(.*)\\]$", "$1");
        return new InetSocketAddress(InetAddress.ofLiteral(host), Integer.parseInt(text.substring(colon + 1)));
    }

    Duration days(int usual) {
        return Duration.ofDays(number(1, 36_500, usual));
    }

    int integer(int least, int most, int usual) {
        return (int) number(least, most, usual);
    }

    long number(long least, long most, long usual) {
        if (node == null) {
            return usual;
        }
        if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.INT)) {
            try {
                long value = Long.parseLong(scalar.getValue());
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Reported below, like any other value out of range.
            }
        }
        fault("expected a whole number from " + least + " to " + most);
        return usual;
    }

    boolean bool(boolean usual) {
        if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL)) {
            return Boolean.parseBoolean(scalar.getValue());
        }
        if (node != null) {
            fault("expected true or false");
        }
        return usual;
    }

    /** Parses an absolute path. */
    static Path absolute(String text) {
        return fit(Optional.of(Path.of(text)).filter(Path::isAbsolute)).normalize();
    }

    /** Returns the parsed value, or throws to report an error. */
    static <T> T fit(Optional<T> parsed) {
        return parsed.orElseThrow(IllegalArgumentException::new);
    }

    private String nearest(String given) {
        return asked.stream()
                .filter(other -> distance(given, other) <= Math.max(1, given.length() / 3))
                .min(Comparator.comparingInt(other -> distance(given, other)))
                .map(other -> "did you mean " + other + "? ")
                .orElse("");
    }

    /** Returns how many letters must be added, removed or replaced. */
    private static int distance(String one, String other) {
        int[] row = IntStream.rangeClosed(0, other.length()).toArray();
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[other.length()];
    }
}
