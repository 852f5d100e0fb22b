// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body that {@code openapi.yaml} does not allow, made from the body it documents by spoiling one field.
 *
 * @param path the operation's path, with its variables
 * @param what how it is spoilt
 * @param json the body
 * @param pointer to the field that is spoilt
 */
public record BrokenBody(String method, String path, String what, String json, String pointer) {
    private static final String TWICE = "TWICE";
    private static final String SURPLUS = "surplus";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final OpenApiDocument DOCUMENT = OpenApiDocument.load();

    /** Every operation that takes JSON, every field of its body, each spoilt in all ways; and a body where none is taken. */
    public static List<BrokenBody> all() {
        List<BrokenBody> bodies = new ArrayList<>();
        DOCUMENT.operations().forEach((where, operation) -> {
            String[] methodAndPath = where.split(" ", 2);
            if (methodAndPath[0].equals("post") && operation.path("requestBody").isMissingNode()) {
                bodies.add(new BrokenBody(
                        methodAndPath[0], methodAndPath[1], "not known", "{\"" + SURPLUS + "\":1}", "/" + SURPLUS));
            }
            JsonNode json = DOCUMENT.resolve(operation.path("requestBody"))
                    .path("content")
                    .path("application/json");
            if (!json.isMissingNode()) {
                JsonNode example =
                        json.path("examples").valueStream().findFirst().orElseThrow();
                new Spoiler(methodAndPath[0], methodAndPath[1], bodies)
                        .fields(
                                DOCUMENT.resolve(json.path("schema")),
                                (ObjectNode) example.path("value"),
                                "",
                                body -> body);
            }
        });
        return bodies;
    }

    /** Whether the field stands there twice, so that the body is no JSON object as it has to be. */
    public boolean isTwice() {
        return what.equals("twice");
    }

    @Override
    public String toString() {
        return method + " " + path + " " + pointer + " " + what;
    }

    private record Spoiler(String method, String path, List<BrokenBody> bodies) {

        /** Spoils what a schema describes, which stands at the pointer and in the whole body as {@code within} says. */
        void spoil(JsonNode reference, String pointer, UnaryOperator<JsonNode> within) {
            JsonNode schema = DOCUMENT.resolve(reference);
            if (schema.path("properties").isObject()) {
                fields(schema, (ObjectNode) sample(schema), pointer, within);
            } else if (schema.path("additionalProperties").isObject()) {
                part(
                        schema.path("additionalProperties"),
                        pointer + "/A",
                        value -> within.apply(NODES.objectNode().set("A", value)));
            } else if (schema.path("items").isObject()) {
                part(
                        schema.path("items"),
                        pointer + "/0",
                        value -> within.apply(NODES.arrayNode().add(value)));
            }
        }

        void fields(JsonNode schema, ObjectNode sample, String pointer, UnaryOperator<JsonNode> within) {
            schema.path("properties").properties().forEach(field -> {
                String name = field.getKey();
                ObjectNode base = sample.deepCopy();
                if (name.equals("command")) {
                    base.remove("argv"); // There is one of the two.
                }
                part(
                        field.getValue(),
                        pointer + "/" + name,
                        value -> within.apply(base.deepCopy().set(name, value)));
                ObjectNode twice = base.deepCopy();
                twice.set(name, sample(field.getValue()));
                twice.set(TWICE, sample(field.getValue()));
                String json = within.apply(twice).toString().replace(TWICE, name);
                bodies.add(new BrokenBody(method, path, "twice", json, pointer + "/" + name));
            });
            schema.path("required").forEach(required -> {
                ObjectNode less = sample.deepCopy();
                less.remove(required.stringValue());
                add(pointer + "/" + required.stringValue(), "missing", within.apply(less));
            });
            // v1's body with a command alone is that of clients that were there before; they may send more.
            if (!schema.equals(DOCUMENT.root().at("/components/schemas/ExecRequest"))) {
                ObjectNode more = sample.deepCopy().put(SURPLUS, 1);
                add(pointer + "/" + SURPLUS, "not known", within.apply(more));
            }
        }

        private void part(JsonNode reference, String pointer, UnaryOperator<JsonNode> within) {
            wrong(DOCUMENT.resolve(reference)).forEach(value -> add(pointer, value.toString(), within.apply(value)));
            spoil(reference, pointer, within);
        }

        private void add(String pointer, String what, JsonNode body) {
            bodies.add(new BrokenBody(method, path, what, body.toString(), pointer));
        }
    }

    /** Values that a schema does not allow. */
    private static Stream<JsonNode> wrong(JsonNode schema) {
        Stream<JsonNode> always = Stream.of(NODES.nullNode());
        if (schema.path("x-also").asString("").equals("integer")) {
            return Stream.concat(always, values("\"\"", "\" \"", "true", "[]", "1.5"));
        }
        return Stream.concat(
                always,
                switch (schema.path("type").asString("")) {
                    case "string" -> Stream.concat(values("5", "true", "[]"), blankTexts(schema));
                    case "integer" -> values("\"\"", "\" \"", "\"5\"", "1.5", "true", "[]");
                    case "boolean" -> values("\"\"", "\" \"", "\"true\"", "0", "[]");
                    case "array" -> values("\"\"", "\" \"", "\"x\"", "{}");
                    case "object" -> values("\"\"", "\" \"", "\"x\"", "[]");
                    default -> Stream.of();
                });
    }

    private static JsonNode known(JsonNode schema) {
        return schema.has("enum") ? schema.path("enum") : schema.path(OpenApiDocument.KNOWN_VALUES);
    }

    private static Stream<JsonNode> blankTexts(JsonNode schema) {
        return values("\"\"", "\" \"").filter(blank -> {
            String text = blank.stringValue();
            return known(schema).isArray()
                    || text.length() < schema.path("minLength").asInt(0)
                    || (schema.has("pattern")
                            && !Pattern.compile(schema.path("pattern").stringValue())
                                    .matcher(text)
                                    .find());
        });
    }

    private static Stream<JsonNode> values(String... json) {
        return Stream.of(json).map(text -> Json.mapper().readTree(text));
    }

    /** A value that a schema allows as far as types go. */
    private static JsonNode sample(JsonNode reference) {
        JsonNode schema = DOCUMENT.resolve(reference);
        return switch (schema.path("type").asString("")) {
            case "integer" ->
                NODES.numberNode(Math.max(1, schema.path("minimum").asInt(1)));
            case "boolean" -> NODES.booleanNode(true);
            case "array" -> {
                ArrayNode items = NODES.arrayNode();
                yield items.add(sample(schema.path("items")));
            }
            case "object" -> {
                ObjectNode fields = NODES.objectNode();
                schema.path("required")
                        .forEach(name -> fields.set(
                                name.stringValue(),
                                sample(schema.path("properties").path(name.stringValue()))));
                yield fields;
            }
            default -> known(schema).isArray() ? known(schema).path(0) : NODES.stringNode(text(schema));
        };
    }

    private static String text(JsonNode schema) {
        return schema.path("format").asString("").equals("date-time") ? "2026-01-31T09:30:00Z" : "xxxx";
    }
}
