// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.NonValidationKeyword;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code openapi.yaml}, with just enough understanding to find what it says of an answer. Thread safe. */
final class OpenApiDocument {

    private static final String RESOURCE = "/openapi.yaml";

    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

    private static final String RULES = "x-rules";
    static final String KNOWN_VALUES = "x-known-values";

    private final JsonNode root;
    private final SchemaRegistry schemas = SchemaRegistry.withDefaultDialect(
            // See compile.
            Dialect.builder(Dialects.getDraft202012())
                    .keyword(new NonValidationKeyword("components"))
                    .keyword(new NonValidationKeyword(RULES))
                    .keyword(new NonValidationKeyword(KNOWN_VALUES))
                    .keyword(new NonValidationKeyword("x-also"))
                    .build(),
            builder -> builder.schemaRegistryConfig(
                    SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));
    private final ConcurrentMap<JsonNode, Schema> compiled = new ConcurrentHashMap<>();

    OpenApiDocument(JsonNode root) {
        this.root = root;
    }

    static OpenApiDocument load() {
        return new OpenApiDocument(YAMLMapper.shared().readTree(text()));
    }

    static String text() {
        try (InputStream in = OpenApiDocument.class.getResourceAsStream(RESOURCE)) {
            return new String(Objects.requireNonNull(in, RESOURCE).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode root() {
        return root;
    }

    /** What is documented of this answer: of the operation, or of requests that never reach one. */
    Optional<JsonNode> response(String method, String path, int status) {
        String bare = path.replaceFirst("[?#].*$", "");
        Optional<JsonNode> item = pathItem(bare);
        JsonNode response = item.map(found -> ofPath(found, method, status))
                .orElseGet(() -> status == 404 ? ofUnknownPath(bare) : JsonNodeFactory.instance.missingNode());
        if (response.isMissingNode()) {
            response = root.path("x-before-routing").path(String.valueOf(status));
        }
        return response.isMissingNode() ? Optional.empty() : Optional.of(resolve(response));
    }

    /** The operation that a request calls. */
    Optional<JsonNode> operation(String method, String path) {
        return pathItem(path)
                .map(item -> item.path(method.toLowerCase(Locale.ROOT)))
                .filter(operation -> !operation.isMissingNode());
    }

    private static JsonNode ofPath(JsonNode item, String method, int status) {
        String documented = method.equals("HEAD") ? "get" : method.toLowerCase(Locale.ROOT);
        JsonNode operation = item.path(documented);
        if (!operation.isMissingNode()) {
            return operation.path("responses").path(String.valueOf(status));
        }
        return status == 405 ? item.path("x-other-methods") : operation;
    }

    private JsonNode ofUnknownPath(String path) {
        return root.path("x-unknown-path").properties().stream()
                .filter(entry -> path.startsWith(entry.getKey()))
                .max(Comparator.comparingInt(entry -> entry.getKey().length()))
                .map(Map.Entry::getValue)
                .orElse(JsonNodeFactory.instance.missingNode());
    }

    private Optional<JsonNode> pathItem(String path) {
        return root.path("paths").properties().stream()
                .filter(entry -> template(entry.getKey()).matcher(path).matches())
                // A path without variables wins over one with.
                .min(Comparator.comparing(entry -> entry.getKey().contains("{")))
                .map(Map.Entry::getValue);
    }

    private static Pattern template(String path) {
        return Pattern.compile(Pattern.quote(path).replaceAll("\\{[^}]*\\}", "\\\\E[^/]+\\\\Q"));
    }

    /** The node itself, or what its {@code $ref} points at. */
    JsonNode resolve(JsonNode node) {
        JsonNode current = node;
        while (current.has("$ref")) {
            String reference = current.path("$ref").asString();
            current = root.at(JsonPointer.compile(reference.substring(reference.indexOf('#') + 1)));
            if (current.isMissingNode()) {
                throw new AssertionError("openapi.yaml points at " + reference + ", which it does not have");
            }
        }
        return current;
    }

    /** How a value differs from a schema of this document, one text a difference, each beginning with where. */
    List<String> faults(JsonNode schema, JsonNode value) {
        return compiled.computeIfAbsent(schema, this::compile).validate(value).stream()
                .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
                .distinct()
                .toList();
    }

    /** How a body differs from what is documented of it: its schema, and the rules that stand beside that. */
    List<String> faultsOfBody(JsonNode media, JsonNode value) {
        ObjectNode schema = JsonNodeFactory.instance.objectNode();
        schema.putArray("allOf").add(media.path("schema"));
        schema.set(RULES, media.path(RULES));
        return faults(media.has(RULES) ? schema : media.path("schema"), value);
    }

    private Schema compile(JsonNode schema) {
        // A schema refers to others as #/components/schemas/…, so these must stand beside it in one document.
        ObjectNode whole = JsonNodeFactory.instance.objectNode();
        whole.putArray("allOf").add(strict(schema));
        whole.set("components", strict(root.path("components")));
        return schemas.getSchema(whole);
    }

    /**
     * A schema as tests apply it: its {@code x-rules} hold, a text has a known value, and an object has only documented fields.
     * Clients do not see these limits, because a later server can have more fields and values.
     */
    private static JsonNode strict(JsonNode node) {
        if (node.isArray()) {
            ArrayNode items = JsonNodeFactory.instance.arrayNode();
            node.forEach(item -> items.add(strict(item)));
            return items;
        }
        if (!node.isObject()) {
            return node;
        }
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        node.properties().forEach(member -> copy.set(member.getKey(), strict(member.getValue())));
        if (copy.path(RULES).isArray()) {
            copy.withArray("allOf").addAll((ArrayNode) copy.path(RULES));
        }
        if (copy.path(KNOWN_VALUES).isArray()) {
            copy.set("enum", copy.path(KNOWN_VALUES));
        }
        boolean listsFields = copy.path("type").asString("").equals("object")
                && copy.path("properties").isObject();
        if (listsFields && !copy.has("additionalProperties")) {
            copy.put("additionalProperties", false);
        }
        return copy;
    }

    /** All operations, by method and path. */
    Map<String, JsonNode> operations() {
        Map<String, JsonNode> operations = new LinkedHashMap<>();
        root.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .filter(member -> METHODS.contains(member.getKey()))
                        .forEach(member -> operations.put(member.getKey() + " " + path.getKey(), member.getValue())));
        return operations;
    }

    /** All responses, of components and of operations. */
    Map<String, JsonNode> responses() {
        Map<String, JsonNode> responses = new LinkedHashMap<>();
        root.at("/components/responses").properties().forEach(r -> responses.put(r.getKey(), r.getValue()));
        operations()
                .forEach((where, operation) -> operation
                        .path("responses")
                        .properties()
                        .forEach(r -> responses.put(where + " " + r.getKey(), resolve(r.getValue()))));
        return responses;
    }

    /** The content of all responses and requests. */
    Map<String, JsonNode> bodies() {
        Map<String, JsonNode> bodies = new LinkedHashMap<>();
        responses().forEach((where, response) -> bodies.put(where, response.path("content")));
        operations()
                .forEach((where, operation) -> bodies.put(
                        where + " request", operation.path("requestBody").path("content")));
        return bodies;
    }

    /** Visits every member of every object, with its name. */
    static void walk(JsonNode node, BiConsumer<String, JsonNode> visitor) {
        node.properties().forEach(member -> {
            visitor.accept(member.getKey(), member.getValue());
            walk(member.getValue(), visitor);
        });
        if (node.isArray()) {
            node.forEach(item -> walk(item, visitor));
        }
    }
}
