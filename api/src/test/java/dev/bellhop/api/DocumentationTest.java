// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every page is in the index, and every link leads somewhere. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path DOCS = ROOT.resolve("docs");
    private static final Path INDEX = DOCS.resolve("README.md");

    private static final Pattern CODE_BLOCK =
            Pattern.compile("^( *)```.*?^\\1```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);

    @Test
    void everyPageIsInTheIndex() throws IOException {
        List<Path> linked = links(INDEX).stream()
                .map(link -> target(INDEX, link))
                .filter(page -> page.startsWith(DOCS))
                .toList();

        try (Stream<Path> files = Files.walk(DOCS)) {
            assertThat(files.filter(Files::isRegularFile).filter(file -> !file.equals(INDEX)))
                    .hasSizeGreaterThan(15)
                    .isSubsetOf(linked);
        }
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        TreeSet<String> broken = new TreeSet<>();
        List<Path> pages = pages();
        for (Path page : pages) {
            for (String link : links(page)) {
                Path target = target(page, link);
                int anchor = link.indexOf('#');
                boolean leads =
                        Files.exists(target) && (anchor < 0 || anchors(target).contains(link.substring(anchor + 1)));
                if (!leads) {
                    broken.add(ROOT.relativize(page) + ": " + link);
                }
            }
        }

        assertThat(pages).hasSizeGreaterThan(20);
        assertThat(broken).isEmpty();
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        for (String folder : List.of("", "qga", "bench")) {
            try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
                files.filter(DocumentationTest::isPage).forEach(pages::add);
            }
        }
        try (Stream<Path> files = Files.walk(DOCS)) {
            files.filter(DocumentationTest::isPage).forEach(pages::add);
        }
        return pages;
    }

    private static boolean isPage(Path file) {
        return file.toString().endsWith(".md");
    }

    /** To other pages and places of this repository. */
    private static List<String> links(Path page) throws IOException {
        String prose = CODE_BLOCK.matcher(Files.readString(page)).replaceAll("").replaceAll("`[^`\n]*`", "");
        return LINK.matcher(prose)
                .results()
                .map(link -> link.group(1))
                .filter(link -> !link.contains("://"))
                .toList();
    }

    private static Path target(Path page, String link) {
        String file = link.replaceFirst("#.*", "");
        return file.isEmpty() ? page : page.resolveSibling(file).normalize();
    }

    /** As forges make them from headings: a second one of the same text gets a number. */
    private static List<String> anchors(Path page) throws IOException {
        Map<String, Integer> seen = new HashMap<>();
        String text = CODE_BLOCK.matcher(Files.readString(page)).replaceAll("");
        return HEADING.matcher(text)
                .results()
                .map(heading -> Markdown.anchor(heading.group(1)))
                .map(anchor -> {
                    int before = seen.merge(anchor, 1, Integer::sum) - 1;
                    return before == 0 ? anchor : anchor + "-" + before;
                })
                .toList();
    }
}
