// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a server answered, as text in which only that differs between two runs which has to: times, ids, pids, secrets,
 * ports. {@link #check} compares it with the recording that is kept.
 */
final class Recording {
    private static final Path FOLDER = Path.of("src/test/resources/answers");
    private static final int ACCEPTED = 202;

    /** How far an operation is when the answer is made is up to chance, and whether it has even ended. */
    private static final Pattern BEGUN = Pattern.compile("\"state\":\"[a-z_]+\",\"progress\":\\d+,\"progressMessage\":"
            + "\"[^\"]*\",\"steps\":\\[[^\\]]*\\],(\"createdAt\":\"[^\"]+\")(?:,\"finishedAt\":\"[^\"]+\")?");

    private static final String REWRITE = "bellhop.answers.rewrite";

    /** Of the connection, shown elsewhere, counted before something was replaced, or dependent on the speed of the test. */
    private static final Set<String> LEFT_OUT = Set.of(
            "date",
            "content-length",
            "content-type",
            "connection",
            "transfer-encoding",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset");

    private static final List<String> EVERYWHERE = List.of(
            "cache-control", "content-security-policy", "referrer-policy", "x-content-type-options", "x-request-id");

    private static final Map<Pattern, String> REPLACED = new LinkedHashMap<>();

    static {
        REPLACED.put(Pattern.compile("\0+"), "<zeros>");
        REPLACED.put(Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z"), "<time>");
        REPLACED.put(Pattern.compile("bellhop\\.ticket\\.[A-Za-z0-9_-]{43}"), "<ticket>");
        REPLACED.put(Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uuid>");
        REPLACED.put(Pattern.compile("bellhop_(<[^>]*>|[0-9a-f]{12})_[0-9a-f]{64}"), "<secret>");
        REPLACED.put(Pattern.compile("\\d+[.]\\d+-[0-9a-f]+-[0-9a-f]+[.][0-9a-f]+-[0-9a-f]+[.][0-9a-f]+"), "<etag>");
        REPLACED.put(Pattern.compile("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT"), "<date>");
        REPLACED.put(Pattern.compile("\\b[0-9a-f]{64}\\b"), "<hash>");
        REPLACED.put(Pattern.compile("\\b[0-9a-f]{32}\\b"), "<salt>");
        REPLACED.put(Pattern.compile("\"(bellhop_)?[0-9a-f]{12}\""), "\"$1<id>\"");
        REPLACED.put(Pattern.compile("^(/api/v2/(?:keys|accounts)/(?:.*/ssh-keys/)?)[0-9a-f]{12}$"), "$1<id>");
        REPLACED.put(Pattern.compile("\"pid\":\\d+"), "\"pid\":<pid>");
        REPLACED.put(Pattern.compile("\"(uptime|uptimeSeconds)\":\\d+"), "\"$1\":<seconds>");
        REPLACED.put(Pattern.compile("\"timestamp\":\\d+"), "\"timestamp\":<seconds>");
        REPLACED.put(Pattern.compile("(?m)^\\[\\d+[.]\\d{3},"), "[<seconds>,");
        REPLACED.put(Pattern.compile("\"seq\":\\d+"), "\"seq\":<seq>");
        // The watch looks at them some time after the start, which may be before a list or after it. VM 2 is asked
        // first.
        REPLACED.put(
                Pattern.compile("([\\[,]\\{\"vmid\":[1345],\"status\":\"[a-z]+\"(,\"account\":\"<ours>\")?"
                        + "(,\"uptimeSeconds\":<seconds>)?),\"agent\":\\{[^{}]*\\}"),
                "$1");
        REPLACED.put(Pattern.compile("(\"primaryKeyId\":|\"olderKeyIds\":\\[)\\d+"), "$1<id>");
        REPLACED.put(Pattern.compile("\"nextCursor\":\"[^\"]+\""), "\"nextCursor\":\"<cursor>\"");
    }

    private final Map<String, String> names =
            new TreeMap<>(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()));
    private final Map<String, String> shared = new TreeMap<>();
    private final StringBuilder text = new StringBuilder();

    /** Shows this value by a name from now on, so that it can be followed through the recording. */
    void name(String value, String name) {
        assertThat(value).as(name).isNotEmpty();
        names.putIfAbsent(value, "<" + name + ">");
    }

    void section(String title) {
        text.append("\n## ").append(title).append("\n");
    }

    /** A line that tells what was asked. */
    void asked(String line) {
        text.append("\n").append(normal(line)).append("\n");
    }

    /** An answer, whose body is shown as it is, unless that is a tar, or tells how far an operation is that has just begun. */
    void answered(int status, HttpHeaders headers, String all) {
        String body = status == ACCEPTED ? BEGUN.matcher(all).replaceAll("\"state\":<state>,$1") : all;
        String requestId = headers.firstValue("X-Request-Id").orElse("none");
        text.append("-> ").append(status).append(" ");
        String type = headers.firstValue("Content-Type").orElse("without a type");
        text.append(type).append("\n");
        header(headers);
        if (type.equals("application/x-tar")) {
            text.append("<tar>\n");
        } else if (!body.isEmpty()) {
            text.append(normal(body.replace(requestId, "<request>")));
            text.append(body.endsWith("\n") ? "" : "\n");
        }
    }

    /** Those of {@link #EVERYWHERE} are shown with the first answer alone, as long as they stay the same. */
    private void header(HttpHeaders headers) {
        boolean first = shared.isEmpty();
        EVERYWHERE.forEach(name -> {
            String shown = normal(String.join(", ", headers.allValues(name)));
            if (first) {
                shared.put(name, shown);
            }
            if (first || !shown.equals(shared.get(name))) {
                text.append(name).append(": ").append(shown).append("\n");
            }
        });
        new TreeMap<>(headers.map()).forEach((name, values) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!LEFT_OUT.contains(lower) && !EVERYWHERE.contains(lower)) {
                text.append(lower)
                        .append(": ")
                        .append(
                                lower.equals("etag")
                                        ? normal(values.getFirst()).replace("<salt>", "<etag>")
                                        : normal(String.join(", ", values)))
                        .append("\n");
            }
        });
    }

    private String normal(String raw) {
        String normal = raw;
        for (Map.Entry<String, String> name : names.entrySet()) {
            normal = normal.replace(name.getKey(), name.getValue());
        }
        for (Map.Entry<Pattern, String> replaced : REPLACED.entrySet()) {
            normal = replaced.getKey().matcher(normal).replaceAll(replaced.getValue());
        }
        return normal;
    }

    /** Fails where this is not, byte for byte, what is kept; keeps it instead where that was asked for. */
    void check(String file) throws IOException {
        Path kept = FOLDER.resolve(file);
        if (Boolean.getBoolean(REWRITE)) {
            Files.createDirectories(FOLDER);
            Files.writeString(kept, text);
            return;
        }
        List<String> expected = lines(Files.readString(kept, StandardCharsets.UTF_8));
        List<String> actual = lines(text.toString());
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < Math.max(expected.size(), actual.size()) && differences.isEmpty(); i++) {
            String before = i < expected.size() ? expected.get(i) : "(the end)";
            String now = i < actual.size() ? actual.get(i) : "(the end)";
            if (!before.equals(now)) {
                differences.add("line " + (i + 1) + " of " + kept + "\nwas: " + before + "\nis:  " + now + "\nafter:\n"
                        + String.join("\n", actual.subList(Math.max(0, i - 8), Math.min(i, actual.size()))));
            }
        }
        Files.writeString(Path.of("target").resolve(file), text);
        assertThat(differences)
                .as("The answers differ from those that are kept; what they are now is in target/%s", file)
                .isEmpty();
        assertThat(text.toString()).isEqualTo(Files.readString(kept));
    }

    private static List<String> lines(String all) {
        return List.of(all.split("\n", -1));
    }
}
