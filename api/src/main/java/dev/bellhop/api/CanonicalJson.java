// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object as RFC 8785 has it: the names in order, without blanks, what is absent left out. Two objects that differ
 * have two forms, and any language can make them: in Python {@code json.dumps(object, sort_keys=True,
 * separators=(',', ':'), ensure_ascii=False)}. The caller adds the members in the order of their names. For one thread.
 */
public final class CanonicalJson {

    private final StringBuilder json = new StringBuilder(512);

    /** Adds a number, unless it is absent. */
    public CanonicalJson number(String name, @Nullable Number value) {
        if (value != null) {
            name(name);
            json.append(value.longValue());
        }
        return this;
    }

    /** Adds a text, unless it is absent. */
    public CanonicalJson text(String name, @Nullable String value) {
        if (value != null) {
            name(name);
            quoted(value);
        }
        return this;
    }

    /** Adds an array of texts, unless it is absent. */
    public CanonicalJson texts(String name, @Nullable List<String> values) {
        if (values != null) {
            name(name);
            json.append('[');
            for (int i = 0; i < values.size(); i++) {
                json.append(i == 0 ? "" : ",");
                quoted(values.get(i));
            }
            json.append(']');
        }
        return this;
    }

    /** Adds an object of texts, unless it is absent or has none. */
    public CanonicalJson texts(String name, @Nullable Map<String, String> values) {
        if (values != null && !values.isEmpty()) {
            CanonicalJson object = new CanonicalJson();
            new TreeMap<>(values).forEach(object::text);
            name(name);
            json.append(object.end());
        }
        return this;
    }

    /** All of it. */
    public String end() {
        return json.isEmpty() ? "{}" : json + "}";
    }

    private void name(String name) {
        json.append(json.isEmpty() ? '{' : ',');
        quoted(name);
        json.append(':');
    }

    private void quoted(String value) {
        json.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\b' -> json.append("\\b");
                case '\t' -> json.append("\\t");
                case '\n' -> json.append("\\n");
                case '\f' -> json.append("\\f");
                case '\r' -> json.append("\\r");
                default -> {
                    if (c < ' ') {
                        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        json.append('"');
    }
}
