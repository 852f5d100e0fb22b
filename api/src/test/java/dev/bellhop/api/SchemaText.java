// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static dev.bellhop.api.Markdown.code;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Describes the schemas of {@code openapi.yaml} in Markdown: types in a few words, objects as tables. */
final class SchemaText {
    private static final String PREFIX = "#/components/schemas/";

    private final JsonNode root;
    private final Set<String> linked = new TreeSet<>();

    SchemaText(JsonNode root) {
        this.root = root;
    }

    /** Returns the schema with this name. */
    JsonNode named(String name) {
        return root.required("components").required("schemas").required(name);
    }

    /** Returns the name that a schema refers to, or an empty text. */
    static String name(JsonNode schema) {
        String ref = schema.path("$ref").asString("");
        return ref.startsWith(PREFIX) ? ref.substring(PREFIX.length()) : "";
    }

    /** Returns whether the named schema has a section of its own: an object, or values in a table. */
    boolean hasSection(String name) {
        JsonNode schema = named(name);
        return schema.has("properties") && !isPage(schema) || Markdown.isBlock(description(schema));
    }

    /** Returns the schema's description, or the one of the schema that it refers to. */
    String description(JsonNode schema) {
        String own = schema.path("description").asString("");
        String name = name(schema);
        return own.isEmpty() && !name.isEmpty() && !hasSection(name) ? description(named(name)) : own;
    }

    /** Returns the table of an object's fields, then the descriptions that need more than a cell. */
    String fields(JsonNode object) {
        List<List<String>> rows = new ArrayList<>();
        StringBuilder below = new StringBuilder();
        Set<String> required =
                object.path("required").valueStream().map(JsonNode::asString).collect(Collectors.toSet());
        object.path("properties").properties().forEach(property -> {
            String type = type(property.getValue()) + (required.contains(property.getKey()) ? ", required" : "");
            String description = description(property.getValue());
            boolean block = Markdown.isBlock(description);
            rows.add(List.of(code(property.getKey()), type, block ? "see below" : description));
            if (block) {
                below.append(code(property.getKey()))
                        .append(": ")
                        .append(description.strip())
                        .append("\n\n");
            }
        });
        return Markdown.table(List.of("field", "type", ""), rows) + below;
    }

    /** Returns a type in a few words, with its limits. */
    String type(JsonNode schema) {
        String name = name(schema);
        if (!name.isEmpty()) {
            return hasSection(name) ? link(name) : type(named(name));
        }
        if (isPage(schema)) {
            return "page of " + type(schema.at("/properties/items/items"));
        }
        List<String> words = new ArrayList<>();
        words.add(kind(schema));
        range(schema, "minimum", "maximum", "").forEach(words::add);
        range(schema, "minLength", "maxLength", " characters").forEach(words::add);
        range(schema, "minItems", "maxItems", " items").forEach(words::add);
        range(schema, "minProperties", "maxProperties", " members").forEach(words::add);
        values(schema).forEach(words::add);
        String items = schema.has("items") ? " of: " + type(schema.path("items")) : "";
        return String.join(", ", words) + items;
    }

    /** Returns a link to the section of a schema. */
    String link(String name) {
        linked.add(name);
        return Markdown.linkTo(name);
    }

    /** Returns the names of all schemas that the texts so far link to. */
    Set<String> linked() {
        return linked;
    }

    /** Returns whether the schema is one page of a list, which has the same form for all lists. */
    private static boolean isPage(JsonNode schema) {
        return schema.at("/properties/items/items").isObject()
                && Set.of("items", "nextCursor")
                        .containsAll(schema.path("properties").propertyNames());
    }

    private String kind(JsonNode schema) {
        String type = schema.path("type").asString("any");
        return switch (type) {
            case "string" ->
                switch (schema.path("format").asString("")) {
                    case "date-time" -> "time";
                    case "binary" -> "bytes";
                    default -> type;
                };
            default -> type;
        };
    }

    private static List<String> range(JsonNode schema, String least, String most, String unit) {
        JsonNode low = schema.path(least);
        JsonNode high = schema.path(most);
        if (low.isMissingNode() && high.isMissingNode()) {
            return List.of();
        }
        if (high.isMissingNode()) {
            return low.asLong() == 0 || !unit.isEmpty() ? List.of() : List.of("from " + low.asString());
        }
        return List.of(
                low.isMissingNode()
                        ? "at most " + high.asString() + unit
                        : low.asString() + " to " + high.asString() + unit);
    }

    private static List<String> values(JsonNode schema) {
        JsonNode known = schema.path(OpenApiDocument.KNOWN_VALUES);
        List<String> values = (known.isMissingNode() ? schema.path("enum") : known)
                .valueStream()
                .map(value -> code(value.asString()))
                .toList();
        return values.size() > 1 ? List.of("one of " + String.join(" ", values)) : values;
    }
}
