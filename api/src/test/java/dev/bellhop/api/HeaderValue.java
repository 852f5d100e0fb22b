// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import java.math.BigInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The text of a header or a parameter, as the JSON value that its schema speaks of. */
final class HeaderValue {

    private HeaderValue() {}

    static JsonNode parse(String text, JsonNode schema) {
        if (schema.path("type").asString("").equals("integer") && text.matches("-?[0-9]+")) {
            return JsonNodeFactory.instance.numberNode(new BigInteger(text));
        }
        if (schema.path("type").asString("").equals("boolean") && text.matches("true|false")) {
            return JsonNodeFactory.instance.booleanNode(Boolean.parseBoolean(text));
        }
        return JsonNodeFactory.instance.stringNode(text);
    }
}
