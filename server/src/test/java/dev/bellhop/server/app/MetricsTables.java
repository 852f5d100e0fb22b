// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What docs/reference/metrics.md says of metrics, and what a scrape does. */
final class MetricsTables {
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([a-z0-9_]+)` \\| ([a-z]+) \\| ([^|]*)\\| ([^|]+) \\|");
    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$");
    private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"");
    /** Of the parts of a histogram, not of the metric. */
    private static final String BUCKET = "le";

    /** Of one metric. */
    record Shape(String type, Set<String> labels) {}

    private MetricsTables() {}

    /** The rows of the sections whose headings begin with one of these. */
    static Map<String, Shape> documented(String... headings) throws IOException {
        Map<String, Shape> found = new TreeMap<>();
        for (String section : Files.readString(Checkout.ROOT.resolve("docs/reference/metrics.md"))
                .split("\n## ", -1)) {
            if (Set.of(headings).contains(section.lines().findFirst().orElse(""))) {
                ROW.matcher(section)
                        .results()
                        .forEach(row -> found.put(
                                row.group(1),
                                new Shape(row.group(2), labels(Pattern.compile("`([a-z]+)`"), row.group(3)))));
            }
        }
        return found;
    }

    /** The metrics of a scrape. */
    static Map<String, Shape> told(String scrape) {
        Map<String, Shape> found = new TreeMap<>();
        TYPE.matcher(scrape).results().forEach(type -> {
            String name = type.group(1);
            Set<String> labels = new TreeSet<>();
            Pattern.compile("(?m)^" + name + "(?:_bucket|_count|_sum)?\\{(.*)\\} ")
                    .matcher(scrape)
                    .results()
                    .forEach(series -> labels.addAll(labels(LABEL, series.group(1))));
            labels.remove(BUCKET);
            found.put(name, new Shape(type.group(2), labels));
        });
        return found;
    }

    /** What a scrape says that each of its metrics is. */
    static Map<String, String> help(String scrape) {
        Map<String, String> help = new TreeMap<>();
        Pattern.compile("(?m)^# HELP (\\S+) (.+)$")
                .matcher(scrape)
                .results()
                .forEach((MatchResult line) -> help.put(line.group(1), line.group(2)));
        return help;
    }

    private static Set<String> labels(Pattern pattern, String text) {
        Set<String> names = new TreeSet<>();
        pattern.matcher(text).results().map(match -> match.group(1)).forEach(names::add);
        return names;
    }
}
