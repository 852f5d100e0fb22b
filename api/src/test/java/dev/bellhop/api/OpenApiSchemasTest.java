// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** {@code openapi.yaml} must be sound before anything is held to it: its schemas and examples. */
class OpenApiSchemasTest {

    /** What client generators make sense of. */
    private static final Set<String> KEYWORDS = Set.of(
            "$ref",
            "type",
            "format",
            "enum",
            "x-known-values",
            "x-also",
            "pattern",
            "description",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "maxProperties",
            "properties",
            "propertyNames",
            "additionalProperties",
            "required",
            "items",
            "x-rules");

    /** What else there may be in rules, at which generators fail, or of which they make types that nobody can use. */
    private static final Set<String> KEYWORDS_OF_RULES =
            Set.of("const", "dependentRequired", "contains", "allOf", "anyOf", "if", "then");

    private final OpenApiDocument document = OpenApiDocument.load();
    private final JsonNode root = document.root();

    @Test
    void everySchemaIsAJsonSchema() {
        Schema metaSchema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));
        root.at("/components/schemas")
                .properties()
                .forEach(schema -> assertThat(metaSchema.validate(schema.getValue()))
                        .as(schema.getKey())
                        .isEmpty());
        List<JsonNode> inline = new ArrayList<>();
        OpenApiDocument.walk(root, (name, value) -> {
            if (name.equals("schema")) {
                inline.add(value);
            }
        });
        assertThat(inline)
                .isNotEmpty()
                .allSatisfy(schema -> assertThat(metaSchema.validate(schema)).isEmpty());
    }

    /** A slip in YAML, such as a comma in a text that is not quoted, makes keywords that nobody meant. */
    @Test
    void everySchemaUsesOnlyKeywordsThatAreMeant() {
        root.at("/components/schemas")
                .properties()
                .forEach(schema -> checkKeywords(schema.getKey(), schema.getValue(), KEYWORDS));
        OpenApiDocument.walk(root, (name, value) -> {
            assertThat(value.isNull()).as(name).isFalse();
            if (name.equals("schema")) {
                checkKeywords(name, value, KEYWORDS);
            }
            if (name.equals("x-rules")) {
                value.forEach(rule -> checkKeywords(name, rule, withThoseOfRules()));
            }
        });
    }

    private static void checkKeywords(String where, JsonNode schema, Set<String> keywords) {
        if (!schema.isObject()) {
            // That a field must not be there is a rule.
            assertThat(schema.isBoolean() && !schema.asBoolean() && !keywords.contains("if"))
                    .as(where)
                    .isFalse();
            return;
        }
        assertThat(keywords).as(where).containsAll(schema.propertyNames());
        schema.path("properties")
                .properties()
                .forEach(p -> checkKeywords(where + "/" + p.getKey(), p.getValue(), keywords));
        for (String one : List.of("items", "contains", "propertyNames", "if", "then")) {
            checkKeywords(where + "/" + one, schema.path(one), keywords);
        }
        if (schema.path("additionalProperties").isObject()) {
            checkKeywords(where + "/additionalProperties", schema.path("additionalProperties"), keywords);
        }
        for (String several : List.of("allOf", "anyOf")) {
            schema.path(several).forEach(s -> checkKeywords(where + "/" + several, s, keywords));
        }
    }

    private static Set<String> withThoseOfRules() {
        return Stream.concat(KEYWORDS.stream(), KEYWORDS_OF_RULES.stream()).collect(Collectors.toSet());
    }

    /** A client that is generated has one type for what an operation gives; the other answers it would fail at. */
    @Test
    void everySuccessOfAnOperationHasTheSameSchema() {
        document.operations().forEach((where, operation) -> {
            Set<JsonNode> schemas = new HashSet<>();
            operation.path("responses").properties().stream()
                    .filter(response -> response.getKey().startsWith("2"))
                    .forEach(response -> document.resolve(response.getValue())
                            .path("content")
                            .forEach(media -> schemas.add(media.path("schema"))));
            assertThat(schemas).as(where).hasSizeLessThanOrEqualTo(1);
        });
    }

    @Test
    void everyBodyHasASchema() {
        document.bodies()
                .forEach((where, content) -> content.forEach(media ->
                        assertThat(media.path("schema").isEmpty()).as(where).isFalse()));
    }

    @Test
    void trueAndFalseAreBooleansEverywhere() {
        OpenApiDocument.walk(root, (name, value) -> {
            if (name.equals("enum")) {
                assertThat(value.valueStream().map(JsonNode::asString)).doesNotContain("true", "false");
            }
        });
    }

    /** A generated client fails at a response with a value that its enum does not have. */
    @Test
    void noResponseHasAnEnum() {
        document.responses()
                .forEach((where, response) -> response.path("content")
                        .forEach(media -> assertThat(enums(media.path("schema"), new HashSet<>()))
                                .as(where)
                                .isEmpty()));
    }

    private List<JsonNode> enums(JsonNode schema, Set<JsonNode> seen) {
        JsonNode resolved = document.resolve(schema);
        List<JsonNode> found = new ArrayList<>();
        if (seen.add(resolved)) {
            if (resolved.has("enum")) {
                found.add(resolved);
            }
            resolved.path("properties").forEach(field -> found.addAll(enums(field, seen)));
            found.addAll(enums(resolved.path("items"), seen));
            found.addAll(enums(resolved.path("additionalProperties"), seen));
        }
        return found;
    }

    /** The server refuses unknown fields in v2, so a client with a misspelt one should not compile. */
    @Test
    void everyObjectInARequestOfV2IsClosed() {
        List<String> open = new ArrayList<>();
        document.operations().forEach((where, operation) -> {
            if (where.contains(" /api/v2/")) {
                operation
                        .path("requestBody")
                        .path("content")
                        .forEach(media -> addOpenObjects(media.path("schema"), where, new HashSet<>(), open));
            }
        });
        assertThat(open).isEmpty();
    }

    private void addOpenObjects(JsonNode schema, String where, Set<JsonNode> seen, List<String> open) {
        JsonNode resolved = document.resolve(schema);
        if (!seen.add(resolved)) {
            return;
        }
        // The old body of a command is the one of v1, which ignores unknown fields.
        if (resolved.path("properties").isObject()
                && !resolved.has("additionalProperties")
                && !schema.path("$ref").asString("").endsWith("/ExecRequest")) {
            open.add(where + " " + schema);
        }
        resolved.path("properties").forEach(field -> addOpenObjects(field, where, seen, open));
        addOpenObjects(resolved.path("items"), where, seen, open);
    }

    /** A generated client passes an id from a response to a path, so both have one type. */
    @Test
    void noIdHasAFormat() {
        root.at("/components/schemas")
                .properties()
                .forEach(schema -> Stream.of("id", "jobId")
                        .map(name -> schema.getValue().path("properties").path(name))
                        .forEach(id ->
                                assertThat(id.has("format")).as(schema.getKey()).isFalse()));
    }

    /** Generated clients parse a text as JSON unless it is a file. */
    @Test
    void everyStreamIsAFile() {
        document.bodies()
                .forEach((where, content) -> Stream.of("text/event-stream", "application/jsonl")
                        .filter(content::has)
                        .forEach(type -> assertThat(content.path(type)
                                        .path("schema")
                                        .path("format")
                                        .asString(""))
                                .as(where)
                                .isEqualTo("binary")));
    }

    @Test
    void everySchemaRequiresOnlyFieldsThatItDescribes() {
        root.at("/components/schemas")
                .properties()
                .forEach(schema -> schema.getValue()
                        .path("required")
                        .forEach(name -> assertThat(
                                        schema.getValue().path("properties").propertyNames())
                                .as(schema.getKey())
                                .contains(name.asString())));
    }

    @Test
    void everyJsonBodyHasAnExampleThatFitsItsSchema() {
        List<String> checked = new ArrayList<>();
        document.bodies()
                .forEach((where, content) -> content.properties().forEach(media -> {
                    if (media.getKey().endsWith("json")) {
                        checkExamples(where, media.getValue(), checked);
                    }
                    media.getValue()
                            .path("x-events")
                            .properties()
                            .forEach(event -> checkExamples(where + " " + event.getKey(), event.getValue(), checked));
                }));
        assertThat(checked).hasSizeGreaterThan(30);
    }

    private void checkExamples(String where, JsonNode media, List<String> checked) {
        assertThat(media.path("examples").isEmpty()).as(where).isFalse();
        media.path("examples").properties().forEach(example -> {
            String name = where + " " + example.getKey();
            checked.add(name);
            assertThat(document.faultsOfBody(media, example.getValue().path("value")))
                    .as(name)
                    .isEmpty();
        });
    }

    @Test
    void examplesOfHeadersAndParametersFitTheirSchemas() {
        List<String> checked = new ArrayList<>();
        OpenApiDocument.walk(root, (name, value) -> {
            if (value.has("example") && value.has("schema")) {
                JsonNode schema = value.path("schema");
                JsonNode example = HeaderValue.parse(value.path("example").asString(), schema);
                assertThat(document.faults(schema, example)).as(name).isEmpty();
                checked.add(name);
            }
        });
        assertThat(checked).isNotEmpty();
    }

    @Test
    void everyProblemCodeIsExplained() {
        JsonNode code = root.at("/components/schemas/Problem/properties/code");
        List<String> explained = Pattern.compile("^\\| `([a-z_]+)`", Pattern.MULTILINE)
                .matcher(code.path("description").asString())
                .results()
                .map(row -> row.group(1))
                .toList();
        List<String> codes = new ArrayList<>();
        code.path("x-known-values").forEach(value -> codes.add(value.asString()));
        assertThat(explained).containsExactlyInAnyOrderElementsOf(codes);
    }
}
