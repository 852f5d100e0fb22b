// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time such as 30, 30s, 5m, 2h or 7d, and gives seconds. */
public final class SecondsConverter implements ITypeConverter<Integer> {

    private static final Pattern FORM = Pattern.compile("([0-9]{1,6})([smhd]?)");

    @Override
    public Integer convert(String value) {
        Matcher matcher = FORM.matcher(value);
        if (!matcher.matches()) {
            throw new TypeConversionException("it must be a time such as 30s, 5m, 2h or 7d");
        }
        long unit = switch (matcher.group(2)) {
            case "m" -> 60;
            case "h" -> 3_600;
            case "d" -> 86_400;
            default -> 1;
        };
        return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(matcher.group(1)) * unit);
    }
}
