// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** The parameters of operations in {@code openapi.yaml}. */
public final class DocumentedQuery {
    private static final OpenApiDocument DOCUMENT = OpenApiDocument.load();

    private DocumentedQuery() {}

    /** The names of the query parameters that an operation documents. */
    public static SortedSet<String> of(String method, String path) {
        return names(method, path, "query");
    }

    /** The names of the headers that an operation documents. */
    public static SortedSet<String> headers(String method, String path) {
        return names(method, path, "header");
    }

    private static SortedSet<String> names(String method, String path, String in) {
        JsonNode operation = DOCUMENT.operations().get(method.toLowerCase(Locale.ROOT) + " " + path);
        if (operation == null) {
            throw new AssertionError("openapi.yaml has no " + method + " " + path);
        }
        SortedSet<String> names = new TreeSet<>();
        operation
                .path("parameters")
                .valueStream()
                .map(DOCUMENT::resolve)
                .filter(parameter -> parameter.path("in").asString("").equals(in))
                .forEach(parameter -> names.add(parameter.path("name").stringValue()));
        return names;
    }
}
