// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonParser.NumberType;
import tools.jackson.core.JsonToken;

/** Reads values of the protocol's types at a parser's position. */
final class JsonValues {

    private JsonValues() {}

    static boolean isLong(JsonParser json) {
        return json.currentToken() == JsonToken.VALUE_NUMBER_INT && json.getNumberType() != NumberType.BIG_INTEGER;
    }

    static void requireObject(JsonParser json, String what) throws UnexpectedResultException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw new UnexpectedResultException(what + " is not an object");
        }
    }

    static boolean bool(JsonParser json, String what) throws UnexpectedResultException {
        return switch (json.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw new UnexpectedResultException(what + " is not a boolean");
        };
    }

    /** A whole number within a range, both ends included. */
    static long number(JsonParser json, String what, long least, long most) throws UnexpectedResultException {
        if (!isLong(json)) {
            throw new UnexpectedResultException(what + " is not a whole number of 64 bits");
        }
        long value = json.getLongValue();
        if (value < least || value > most) {
            throw new UnexpectedResultException(what + " is out of range");
        }
        return value;
    }

    static String text(JsonParser json, String what) throws UnexpectedResultException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw new UnexpectedResultException(what + " is not a text");
        }
        return json.getString();
    }

    /** The value of a member that must be there. */
    static <T> T present(@Nullable T value, String what) throws UnexpectedResultException {
        if (value == null) {
            throw new UnexpectedResultException(what + " is missing");
        }
        return value;
    }
}
