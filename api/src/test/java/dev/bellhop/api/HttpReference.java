// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static dev.bellhop.api.Markdown.code;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Writes docs/reference/http-v2.md from {@code openapi.yaml}. */
final class HttpReference {
    private static final String HEAD = """
            # HTTP API, v2

            <!-- script/reference makes this page from api/src/main/resources/openapi.yaml. Change it there. -->

            Every running server describes its API at `/openapi.yaml` ([source](../../api/src/main/resources/openapi.yaml)) and, as
            JSON, at `/openapi.json`. You can [generate clients](clients.md) from it. [v1](http-v1.md) has a page of its own, and
            [errors.md](errors.md) explains every error.

            """;

    private static final String ERRORS = "Errors of most operations";

    /** An operation of the contract, with the parameters of its path. */
    private record Operation(String method, String path, JsonNode item, JsonNode node) {
        String heading() {
            return method.toUpperCase(Locale.ROOT) + " " + path;
        }

        String tag() {
            return node.at("/tags/0").asString();
        }

        JsonNode json(JsonNode content) {
            return content.at("/content/application~1json");
        }
    }

    private final OpenApiDocument document;
    private final JsonNode root;
    private final SchemaText schemas;
    private final List<Operation> operations;
    private final Map<String, Integer> uses = new HashMap<>();

    private HttpReference(OpenApiDocument document) {
        this.document = document;
        this.root = document.root();
        this.schemas = new SchemaText(root);
        this.operations = root.required("paths").properties().stream()
                .filter(path -> path.getKey().startsWith("/api/v2/"))
                .flatMap(path -> path.getValue().properties().stream()
                        .filter(one -> one.getValue().has("operationId"))
                        .map(one -> new Operation(one.getKey(), path.getKey(), path.getValue(), one.getValue())))
                .toList();
        root.findValues("$ref").forEach(ref -> uses.merge(ref.asString(), 1, Integer::sum));
    }

    /** Returns the page for a document. */
    static String page(OpenApiDocument document) {
        return new HttpReference(document).write();
    }

    private String write() {
        StringBuilder page = new StringBuilder(HEAD);
        page.append(description(root.path("info"))).append("\n\n");
        page.append("## ").append(ERRORS).append("\n\n");
        page.append(
                "Each has a " + schemas.link("Problem") + " as its body. The operations below do not repeat them.\n\n");
        page.append(Markdown.table(List.of("status", ""), commonErrors()));
        root.required("tags").forEach(tag -> {
            List<Operation> own = operations.stream()
                    .filter(operation -> operation.tag().equals(tag.path("name").asString()))
                    .toList();
            if (!own.isEmpty()) {
                page.append(tag(tag, own));
            }
        });
        page.append("## Objects\n\nA required field of a response is always present.\n\n")
                .append(objects());
        return page.toString().strip() + "\n";
    }

    private String tag(JsonNode tag, List<Operation> operations) {
        StringBuilder text = new StringBuilder("## " + title(tag.path("name").asString()) + "\n\n");
        text.append(description(tag)).append(guides(tag)).append("\n\n");
        text.append(Markdown.table(
                List.of("operation", "", "scope"),
                operations.stream()
                        .map(one -> List.of(
                                Markdown.linkTo(one.heading()),
                                one.node().path("summary").asString(""),
                                one.node().has("x-scope")
                                        ? code(one.node().path("x-scope").asString())
                                        : ""))
                        .toList()));
        operations.forEach(one -> text.append(operation(one)));
        return text.toString();
    }

    private static String title(String tag) {
        return tag.equals("vms")
                ? "VMs"
                : tag.substring(0, 1).toUpperCase(Locale.ROOT)
                        + tag.substring(1).replace('-', ' ');
    }

    private static String guides(JsonNode node) {
        return node.path("x-guides").properties().stream()
                .map(guide -> "[" + guide.getKey() + "](" + guide.getValue().asString() + ")")
                .reduce((a, b) -> a + ", " + b)
                .map(links -> "\n\nGuides: " + links + ".")
                .orElse("");
    }

    private String operation(Operation operation) {
        JsonNode node = operation.node();
        StringBuilder text = new StringBuilder("### " + operation.heading() + "\n\n");
        text.append(node.path("summary").asString()).append(".\n\n");
        text.append(description(node)).append(guides(node)).append("\n\n");
        text.append(Markdown.table(List.of("parameter", "in", "type", ""), parameters(operation)));
        text.append(request(operation)).append(responses(operation));
        return text.toString().replaceAll("\n{3,}", "\n\n");
    }

    private List<List<String>> parameters(Operation operation) {
        return Stream.of(operation.item(), operation.node())
                .flatMap(owner -> owner.path("parameters").valueStream())
                .map(document::resolve)
                .map(one -> List.of(
                        code(one.path("name").asString()),
                        one.path("in").asString(),
                        schemas.type(one.path("schema")) + (one.path("required").asBoolean(false) ? ", required" : ""),
                        description(one)))
                .toList();
    }

    /** Returns the fields of the body, or a link to them if another operation has the same. */
    private String request(Operation operation) {
        JsonNode body = document.resolve(operation.node().path("requestBody"));
        if (body.isMissingNode()) {
            return "";
        }
        String optional = body.path("required").asBoolean(false) ? "" : ", optional";
        JsonNode reference = operation.json(body).path("schema");
        boolean here = uses.getOrDefault(reference.path("$ref").asString(""), 0) == 1;
        JsonNode schema = here ? document.resolve(reference) : reference;
        String type = reference.isMissingNode()
                ? String.join(", ", body.path("content").propertyNames())
                : here ? "application/json" : schemas.type(schema);
        return sentences("**Request body**" + optional + ": " + type + ".", description(body), description(schema))
                + "\n\n" + (here ? schemas.fields(schema) : "") + example(operation.json(body));
    }

    private static String sentences(String... sentences) {
        return Stream.of(sentences).filter(sentence -> !sentence.isEmpty()).collect(Collectors.joining(" "));
    }

    private String responses(Operation operation) {
        List<List<String>> rows = new ArrayList<>();
        Map<String, List<String>> headers = new LinkedHashMap<>();
        operation.node().path("responses").properties().stream()
                .filter(one -> !isCommon(one.getValue()))
                .forEach(one -> {
                    JsonNode response = document.resolve(one.getValue());
                    rows.add(List.of(one.getKey(), description(response), body(response)));
                    if (one.getKey().compareTo("400") < 0) {
                        headers.putAll(headers(response));
                    }
                });
        String example = operation
                .node()
                .path("responses")
                .valueStream()
                .map(response -> example(operation.json(document.resolve(response))))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
        return "**Responses**\n\n"
                + Markdown.table(List.of("status", "", "body"), rows)
                + Markdown.table(List.of("header", ""), List.copyOf(headers.values()))
                + example;
    }

    private Map<String, List<String>> headers(JsonNode response) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        response.path("headers").properties().stream()
                .filter(header -> !isCommon(header.getValue()))
                .forEach(header -> headers.put(
                        header.getKey(),
                        List.of(code(header.getKey()), description(document.resolve(header.getValue())))));
        return headers;
    }

    private static String description(JsonNode node) {
        return node.path("description").asString("").strip();
    }

    /** Returns the type of a response's body; all errors have the same. */
    private String body(JsonNode response) {
        return response.path("content").properties().stream()
                .filter(content -> !content.getKey().equals("application/problem+json"))
                .map(content -> content.getKey().equals("application/json")
                        ? schemas.type(content.getValue().path("schema"))
                        : code(content.getKey()) + events(content.getValue().path("x-events")))
                .collect(Collectors.joining(" or "));
    }

    private String events(JsonNode events) {
        return events.properties().stream()
                .map(event -> code(event.getKey()) + ": "
                        + schemas.type(event.getValue().path("schema")))
                .reduce((a, b) -> a + ", " + b)
                .map(text -> " with events " + text)
                .orElse("");
    }

    private static String example(JsonNode content) {
        return content.path("examples")
                .valueStream()
                .findFirst()
                .map(example -> "```json\n" + ExampleText.of(example.path("value")) + "\n```\n\n")
                .orElse("");
    }

    /** Responses and headers that at least a third of the operations have are listed once. */
    private boolean isCommon(JsonNode reference) {
        return uses.getOrDefault(reference.path("$ref").asString(""), 0) * 3 >= operations.size();
    }

    private List<List<String>> commonErrors() {
        SortedMap<String, List<String>> rows = new TreeMap<>();
        operations.stream()
                .flatMap(operation -> operation.node().path("responses").properties().stream())
                .filter(one -> isCommon(one.getValue()))
                .forEach(one -> rows.put(
                        one.getKey() + one.getValue(),
                        List.of(
                                one.getKey(),
                                document.resolve(one.getValue())
                                        .path("description")
                                        .asString(""))));
        return List.copyOf(rows.values());
    }

    /** Returns the sections of all objects that the page links to; a section can link to further objects. */
    private String objects() {
        SortedMap<String, String> sections = new TreeMap<>();
        while (!sections.keySet().containsAll(schemas.linked())) {
            List.copyOf(schemas.linked()).forEach(name -> sections.computeIfAbsent(name, this::section));
        }
        return String.join("", sections.values());
    }

    private String section(String name) {
        JsonNode schema = schemas.named(name);
        return "### " + name + "\n\n" + description(schema) + "\n\n" + schemas.fields(schema);
    }
}
