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
import java.util.Locale;
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
            "x-enum-varnames",
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
        // A signal is a name or a number, which all generators that were tried can say.
        Set<String> here = where.equals("SignalExecution/signal") ? withThoseOfRules() : keywords;
        assertThat(here).as(where).containsAll(schema.propertyNames());
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

    /** In Go these are constants of one package. */
    @Test
    void noTwoEnumsHaveAValueOfTheSameName() {
        Set<String> names = new HashSet<>();
        root.at("/components/schemas").properties().forEach(schema -> {
            JsonNode values = schema.getValue().path("enum");
            JsonNode named = schema.getValue().path("x-enum-varnames");
            assertThat(named.isMissingNode() || named.size() == values.size())
                    .as(schema.getKey())
                    .isTrue();
            (named.isMissingNode() ? values : named)
                    .forEach(name -> assertThat(names.add(name.asString().toUpperCase(Locale.ROOT)))
                            .as(schema.getKey() + " " + name)
                            .isTrue());
        });
        assertThat(names).isNotEmpty();
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
        code.path("enum").forEach(value -> codes.add(value.asString()));
        assertThat(explained).containsExactlyInAnyOrderElementsOf(codes);
    }
}
