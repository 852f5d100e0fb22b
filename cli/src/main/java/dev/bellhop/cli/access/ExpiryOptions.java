// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.Timestamps;
import dev.bellhop.cli.command.SecondsConverter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that say when a key expires. The server refuses more than one. */
final class ExpiryOptions {

    @Option(
            names = "--expires-in",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "How long the key works from now on, such as 12h or 90d; at least 1m.")
    private @Nullable Integer in;

    @Option(
            names = "--expires-at",
            paramLabel = "TIME",
            converter = AtConverter.class,
            description = "When the key stops working, such as 2026-12-31T18:00:00Z.")
    private @Nullable Instant at;

    @Nullable
    Long seconds() {
        return in == null ? null : (Long) in.longValue();
    }

    @Nullable
    Instant time() {
        return at;
    }

    boolean isGiven() {
        return in != null || at != null;
    }

    /** Reads the times that the server also reads. */
    static final class AtConverter implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String value) {
            return Timestamps.parse(value)
                    .orElseThrow(() -> new TypeConversionException("it must be a time such as 2026-12-31T18:00:00Z"));
        }
    }
}
