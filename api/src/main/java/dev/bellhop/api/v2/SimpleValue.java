// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.std.StdDeserializer;

/** Reads a text, a number, true or false. What has values within is refused where it begins: it is never made. */
public final class SimpleValue extends StdDeserializer<Object> {
    public SimpleValue() {
        super(Object.class);
    }

    @Override
    public Object deserialize(JsonParser in, DeserializationContext context) {
        JsonToken token = in.currentToken();
        return switch (token) {
            case VALUE_STRING -> in.getString();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> in.getNumberValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> context.handleUnexpectedToken(getValueType(context), in);
        };
    }
}
