// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** {@code openapi.yaml} must be sound before anything is held to it. */
class OpenApiDocumentTest {

    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");
    private static final Set<String> KEYWORDS = Set.of(
            "$ref",
            "type",
            "format",
            "enum",
            "const",
            "pattern",
            "description",
            "default", //
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems", //
            "properties",
            "required",
            "dependentRequired",
            "items",
            "allOf",
            "anyOf",
            "if",
            "then");
    private static final Pattern VARIABLE = Pattern.compile("\\{([^}]+)}");

    private final OpenApiDocument document = OpenApiDocument.load();
    private final JsonNode root = document.root();

    @Test
    void itIsOpenApi31WithWhatThatRequires() {
        assertThat(root.path("openapi").asString()).matches("3\\.1\\.\\d+");
        assertThat(root.path("info").path("title").asString("")).isNotBlank();
        assertThat(root.path("info").path("version").asString("")).isNotBlank();
        assertThat(root.path("paths").isEmpty()).isFalse();
        assertThat(root.propertyNames())
                .allMatch(name -> name.startsWith("x-")
                        || Set.of(
                                        "openapi",
                                        "jsonSchemaDialect",
                                        "info",
                                        "servers",
                                        "tags",
                                        "security",
                                        "paths",
                                        "components")
                                .contains(name));
    }

    @Test
    void everyReferenceIsOfThisDocumentAndResolves() {
        List<String> references = new ArrayList<>();
        walk(root, (name, value) -> {
            if (name.equals("$ref")) {
                references.add(value.asString());
                document.resolve(JsonNodeFactory.instance.objectNode().set("$ref", value));
            }
        });
        assertThat(references).isNotEmpty().allMatch(reference -> reference.startsWith("#/components/"));
    }

    @Test
    void everyComponentIsUsed() {
        Set<String> used = new HashSet<>();
        walk(root, (name, value) -> {
            if (name.equals("$ref")) {
                used.add(value.asString());
            }
        });
        root.path("components").properties().stream()
                .filter(kind -> !kind.getKey().equals("securitySchemes"))
                .forEach(kind -> kind.getValue()
                        .propertyNames()
                        .forEach(name -> assertThat(used).contains("#/components/" + kind.getKey() + "/" + name)));
    }

    @Test
    void everyOperationIsNamedOnceTaggedSummarisedAndHasASuccess() {
        Set<String> tags = new HashSet<>();
        root.path("tags").forEach(tag -> tags.add(tag.path("name").asString()));
        Set<String> names = new HashSet<>();
        operations().forEach((where, operation) -> {
            assertThat(names.add(operation.path("operationId").asString("")))
                    .as(where)
                    .isTrue();
            assertThat(operation.path("summary").asString("")).as(where).isNotBlank();
            assertThat(operation.path("tags")).as(where).isNotEmpty().allMatch(tag -> tags.contains(tag.asString()));
            assertThat(operation.path("responses").propertyNames())
                    .as(where)
                    .anyMatch(status -> status.startsWith("2"));
            assertThat(operation.path("responses").propertyNames()).as(where).contains("500");
        });
    }

    @Test
    void everyOperationIsOpenOrStatesAScopeThatExistsAlsoInWords() {
        Set<String> scopes = new HashSet<>();
        root.at("/components/schemas/Scope/enum").forEach(scope -> scopes.add(scope.asString()));
        operations().forEach((where, operation) -> {
            String scope = operation.path("x-scope").asString("");
            if (operation.path("security").isArray()) {
                assertThat(scope).as(where).isEmpty();
            } else {
                assertThat(scopes).as(where).contains(scope);
                assertThat(operation.path("description").asString("")).as(where).contains("`" + scope + "`");
                assertThat(operation.path("responses").propertyNames())
                        .as(where)
                        .contains("401", "403");
            }
        });
    }

    @Test
    void everyVariableOfAPathIsAParameterAndEveryPathSaysHowItRefusesOtherMethods() {
        root.path("paths").properties().forEach(path -> {
            List<String> variables = VARIABLE.matcher(path.getKey())
                    .results()
                    .map(r -> r.group(1))
                    .toList();
            List<String> parameters = new ArrayList<>();
            path.getValue().path("parameters").forEach(p -> {
                JsonNode parameter = document.resolve(p);
                assertThat(parameter.path("in").asString()).isEqualTo("path");
                assertThat(parameter.path("required").asBoolean()).isTrue();
                parameters.add(parameter.path("name").asString());
            });
            assertThat(parameters).as(path.getKey()).containsExactlyElementsOf(variables);
            assertThat(path.getValue().has("x-other-methods")).as(path.getKey()).isTrue();
        });
    }

    @Test
    void everyResponseIsDescribedAndCarriesTheRequestId() {
        responses().forEach((where, response) -> {
            assertThat(response.path("description").asString("")).as(where).isNotBlank();
            JsonNode header = document.resolve(response.path("headers").path("X-Request-Id"));
            assertThat(header.path("required").asBoolean(false)).as(where).isTrue();
        });
    }

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
        walk(root, (name, value) -> {
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
                .forEach(schema -> checkKeywords(schema.getKey(), schema.getValue()));
        walk(root, (name, value) -> {
            assertThat(value.isNull()).as(name).isFalse();
            if (name.equals("schema")) {
                checkKeywords(name, value);
            }
        });
    }

    private static void checkKeywords(String where, JsonNode schema) {
        if (!schema.isObject()) {
            return;
        }
        assertThat(KEYWORDS).as(where).containsAll(schema.propertyNames());
        schema.path("properties").properties().forEach(p -> checkKeywords(where + "/" + p.getKey(), p.getValue()));
        for (String one : List.of("items", "if", "then")) {
            checkKeywords(where + "/" + one, schema.path(one));
        }
        for (String several : List.of("allOf", "anyOf")) {
            schema.path(several).forEach(s -> checkKeywords(where + "/" + several, s));
        }
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
    void everyJsonBodyHasAnExampleAndEveryExampleIsWhatItsSchemaSays() {
        List<String> checked = new ArrayList<>();
        bodies().forEach((where, content) -> content.properties().forEach(media -> {
            if (media.getKey().endsWith("json")) {
                assertThat(media.getValue().path("examples").isEmpty())
                        .as(where)
                        .isFalse();
                media.getValue().path("examples").properties().forEach(example -> {
                    String name = where + " " + example.getKey();
                    checked.add(name);
                    JsonNode schema = media.getValue().path("schema");
                    assertThat(document.faults(schema, example.getValue().path("value")))
                            .as(name)
                            .isEmpty();
                });
            }
        }));
        assertThat(checked).hasSizeGreaterThan(30);
    }

    @Test
    void everyExampleOfAHeaderOrAParameterIsWhatItsSchemaSays() {
        List<String> checked = new ArrayList<>();
        walk(root, (name, value) -> {
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
        code.path("enum").forEach(value -> codes.add(value.asString()));
        assertThat(explained).containsExactlyInAnyOrderElementsOf(codes);
    }

    private Map<String, JsonNode> operations() {
        Map<String, JsonNode> operations = new LinkedHashMap<>();
        root.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .filter(member -> METHODS.contains(member.getKey()))
                        .forEach(member -> operations.put(member.getKey() + " " + path.getKey(), member.getValue())));
        return operations;
    }

    private Map<String, JsonNode> responses() {
        Map<String, JsonNode> responses = new LinkedHashMap<>();
        root.at("/components/responses").properties().forEach(r -> responses.put(r.getKey(), r.getValue()));
        operations()
                .forEach((where, operation) -> operation
                        .path("responses")
                        .properties()
                        .forEach(r -> responses.put(where + " " + r.getKey(), document.resolve(r.getValue()))));
        return responses;
    }

    private Map<String, JsonNode> bodies() {
        Map<String, JsonNode> bodies = new LinkedHashMap<>();
        responses().forEach((where, response) -> bodies.put(where, response.path("content")));
        operations()
                .forEach((where, operation) -> bodies.put(
                        where + " request", operation.path("requestBody").path("content")));
        return bodies;
    }

    /** Visits every member of every object, with its name. */
    private static void walk(JsonNode node, BiConsumer<String, JsonNode> visitor) {
        node.properties().forEach(member -> {
            visitor.accept(member.getKey(), member.getValue());
            walk(member.getValue(), visitor);
        });
        if (node.isArray()) {
            node.forEach(item -> walk(item, visitor));
        }
    }
}
