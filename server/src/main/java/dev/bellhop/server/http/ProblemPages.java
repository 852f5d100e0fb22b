// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The page that the {@code type} of a problem links to. It has the text about the status in {@code
 * docs/reference/errors.md}, then the section of the code. The headings there name the codes.
 */
final class ProblemPages {
    private static final String SOURCE = "errors.md";

    private final Map<String, String> pages;

    ProblemPages() {
        Map<String, String> sections = sections(source());
        Map<String, String> byCode = new HashMap<>();
        for (ErrorCode code : ErrorCode.values()) {
            String section = sections.get(code.wireName());
            if (section == null) {
                throw new IllegalStateException("no section of " + SOURCE + " is about " + code.wireName());
            }
            int status = ErrorResponses.status(code.kind());
            byCode.put(
                    code.wireName(),
                    "# " + code.wireName() + "\n\n" + status + " " + ErrorResponses.title(status) + "\n\n" + section
                            + "\n");
        }
        this.pages = Map.copyOf(byCode);
    }

    /** Returns the page of a code, in Markdown; empty if the code does not exist. */
    Optional<String> page(String code) {
        return Optional.ofNullable(pages.get(code));
    }

    /** Returns the sections, keyed by each word of their headings. */
    private static Map<String, String> sections(String markdown) {
        Map<String, String> sections = new HashMap<>();
        String ofStatus = "";
        for (String part : markdown.split("(?m)^(?=##)", -1)) {
            String heading = part.lines().findFirst().orElse("");
            String text = part.substring(heading.length()).strip();
            if (heading.startsWith("## ")) {
                ofStatus = text;
            } else {
                text = (ofStatus + "\n\n" + text).strip();
            }
            for (String word : List.of(heading.split("[#:, ]+", -1))) {
                sections.put(word, text);
            }
        }
        return sections;
    }

    private static String source() {
        try (InputStream in = ProblemPages.class.getResourceAsStream(SOURCE)) {
            return new String(
                    Objects.requireNonNull(in, "the build puts " + SOURCE + " here")
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
