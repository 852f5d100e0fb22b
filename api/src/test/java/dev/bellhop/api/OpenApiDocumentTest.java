// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** {@code openapi.yaml} must be sound before anything is held to it: its paths, operations and references. */
class OpenApiDocumentTest {

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
        OpenApiDocument.walk(root, (name, value) -> {
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
        OpenApiDocument.walk(root, (name, value) -> {
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
    void everyOperationHasAnIdATagASummaryAndASuccess() {
        Set<String> tags = new HashSet<>();
        root.path("tags").forEach(tag -> tags.add(tag.path("name").asString()));
        Set<String> names = new HashSet<>();
        document.operations().forEach((where, operation) -> {
            assertThat(names.add(operation.path("operationId").asString("")))
                    .as(where)
                    .isTrue();
            assertThat(operation.path("summary").asString("")).as(where).isNotBlank();
            assertThat(operation.path("tags")).as(where).isNotEmpty().allMatch(tag -> tags.contains(tag.asString()));
            assertThat(operation.path("responses").propertyNames())
                    .as(where)
                    .anyMatch(status -> status.startsWith("2") || status.equals("101"));
            assertThat(operation.path("responses").propertyNames()).as(where).contains("500");
        });
    }

    @Test
    void everyOperationIsOpenOrStatesAKnownScope() {
        Set<String> scopes = new HashSet<>();
        root.at("/components/schemas/Scope/x-known-values").forEach(scope -> scopes.add(scope.asString()));
        document.operations().forEach((where, operation) -> {
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

    /** The server reads a body before it knows that the operation has none. */
    @Test
    void everyPostAndPutCanRefuseABody() {
        document.operations().forEach((where, operation) -> {
            if (where.startsWith("post /api/v2/") || where.startsWith("put /api/v2/")) {
                assertThat(operation.path("responses").propertyNames())
                        .as(where)
                        .contains("408", "413", "415");
            }
        });
    }

    @Test
    void everyPathHasItsParametersAndRefusesOtherMethods() {
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

    /** A ticket has no URI: only its secret names it, and URLs end up in logs. */
    @Test
    void everyCreationSaysWhereExceptForTickets() {
        document.operations().forEach((where, operation) -> {
            JsonNode created = operation.path("responses").path("201");
            if (created.isObject() && !operation.path("operationId").asString().equals("createTerminalTicket")) {
                JsonNode header = document.resolve(created.path("headers").path("Location"));
                assertThat(header.path("required").asBoolean(false)).as(where).isTrue();
                assertThat(header.at("/schema/pattern").asString("")).as(where).startsWith("^/api/v2/");
            }
        });
    }

    @Test
    void everyResponseIsDescribedAndCarriesTheRequestId() {
        document.responses().forEach((where, response) -> {
            assertThat(response.path("description").asString("")).as(where).isNotBlank();
            JsonNode header = document.resolve(response.path("headers").path("X-Request-Id"));
            assertThat(header.path("required").asBoolean(false)).as(where).isTrue();
        });
    }
}
