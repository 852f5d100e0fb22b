// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A name with a value. Kept out of {@link #toString}, since a variable can be a secret.
 *
 * @param value everything after the first =
 */
public record NameValue(String name, String value) {

    /** Reads NAME=VALUE. */
    public static final class Converter implements ITypeConverter<NameValue> {
        @Override
        public NameValue convert(String text) {
            int equals = text.indexOf('=');
            if (equals < 1) {
                throw new TypeConversionException("it must be NAME=VALUE");
            }
            return new NameValue(text.substring(0, equals), text.substring(equals + 1));
        }
    }

    /** As a map, in which the last word counts. */
    public static Map<String, String> map(List<NameValue> pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        pairs.forEach(pair -> map.put(pair.name, pair.value));
        return map;
    }

    @Override
    public String toString() {
        return "NameValue[" + name + "]";
    }
}
