// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The pages in docs/reference must not fall behind {@code openapi.yaml}. */
class ReferenceTest {

    private static final Path PAGES = Path.of("..", "docs", "reference");

    private final OpenApiDocument document = OpenApiDocument.load();
    private final JsonNode root = document.root();

    @Test
    void everyCodeOfAnErrorHasASection() throws IOException {
        List<String> headings = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE)
                .matcher(read("errors.md"))
                .results()
                .map(heading -> heading.group(1))
                .toList();
        List<String> codes = new ArrayList<>();
        root.at("/components/schemas/ErrorBody/properties/code/x-known-values")
                .forEach(code -> codes.add(code.asString()));
        root.at("/components/schemas/Problem/properties/code/x-known-values")
                .forEach(code -> codes.add(code.asString()));

        assertThat(codes)
                .hasSizeGreaterThan(20)
                .allSatisfy(code ->
                        assertThat(headings).anyMatch(heading -> heading.matches("(.*[ ,])?" + code + "(,.*)?")));
    }

    @Test
    void everyFaultOfAFieldAndEveryReasonIsExplained() throws IOException {
        String page = read("errors.md");
        List<String> names = new ArrayList<>();
        root.at("/components/schemas/FieldError/properties/code/x-known-values")
                .forEach(code -> names.add(code.asString()));
        Pattern.compile("^\\| `([a-z_]+)`", Pattern.MULTILINE)
                .matcher(root.at("/components/schemas/ExecResult/properties/reason/description")
                        .asString())
                .results()
                .forEach(row -> names.add(row.group(1)));

        assertThat(names)
                .hasSizeGreaterThan(10)
                .allSatisfy(name -> assertThat(page).contains("| `" + name + "` |"));
    }

    /** {@code script/reference} writes the page instead. */
    @Test
    void pageOfV2IsWhatTheContractSays() throws IOException {
        String page = HttpReference.page(document);
        if (Boolean.getBoolean("bellhop.reference.rewrite")) {
            Files.writeString(PAGES.resolve("http-v2.md"), page);
        }

        assertThat(read("http-v2.md")).isEqualTo(page);
    }

    @Test
    void everyOperationOfV1IsOnItsPage() throws IOException {
        String v1 = read("http-v1.md");
        root.path("paths").properties().stream()
                .filter(path -> !path.getKey().startsWith("/api/v2/"))
                .forEach(path -> List.of("get", "post").stream()
                        .filter(path.getValue()::has)
                        .forEach(method ->
                                assertThat(v1).contains(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    }

    private static String read(String page) throws IOException {
        return Files.readString(PAGES.resolve(page));
    }
}
