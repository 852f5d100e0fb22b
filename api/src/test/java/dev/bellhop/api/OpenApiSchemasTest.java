// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** {@code openapi.yaml} must be sound before anything is held to it: its schemas and examples. */
class OpenApiSchemasTest {

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
            "maxProperties", //
            "properties",
            "propertyNames",
            "additionalProperties",
            "required",
            "dependentRequired",
            "items",
            "contains",
            "allOf",
            "anyOf",
            "if",
            "then");

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
                .forEach(schema -> checkKeywords(schema.getKey(), schema.getValue()));
        OpenApiDocument.walk(root, (name, value) -> {
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
        for (String one : List.of("items", "contains", "propertyNames", "additionalProperties", "if", "then")) {
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
            assertThat(document.faults(media.path("schema"), example.getValue().path("value")))
                    .as(name)
                    .isEmpty();
        });
    }

    @Test
    void everyExampleOfAHeaderOrAParameterIsWhatItsSchemaSays() {
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
