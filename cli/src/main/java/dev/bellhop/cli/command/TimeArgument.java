// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A time that was given as such, or by how long ago it is.
 *
 * @param at absent where it is
 * @param ago before now
 */
public record TimeArgument(@Nullable Instant at, Duration ago) {

    public Instant instant(Instant now) {
        return at == null ? now.minus(ago) : at;
    }

    /** Reads a time such as 2026-01-31T09:30:00Z, or 2h for two hours ago. */
    public static final class Converter implements ITypeConverter<TimeArgument> {
        @Override
        public TimeArgument convert(String value) {
            try {
                return new TimeArgument(OffsetDateTime.parse(value).toInstant(), Duration.ZERO);
            } catch (DateTimeParseException notATime) {
                try {
                    return new TimeArgument(null, Duration.ofSeconds(new SecondsConverter().convert(value)));
                } catch (TypeConversionException notAgo) {
                    throw new TypeConversionException(
                            "it must be a time such as 2026-01-31T09:30:00Z, or 2h for two hours ago");
                }
            }
        }
    }
}
