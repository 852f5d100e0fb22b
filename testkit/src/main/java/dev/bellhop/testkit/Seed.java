// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * The seed of a storm: all its random choices follow from this number. It is printed before the test. If the test fails, it is
 * also appended to {@code .cache/failed-seeds}, which outlives {@code mvn clean}. {@code -Dbellhop.seed=N} sets it, to repeat an earlier run.
 *
 * <pre>{@code
 * @RegisterExtension
 * private final Seed seed = Seed.draw();
 * }</pre>
 */
public final class Seed implements BeforeTestExecutionCallback, TestWatcher {
    private static final Path FAILED = Checkout.ROOT.resolve(".cache/failed-seeds");

    private final long value;

    private Seed(long value) {
        this.value = value;
    }

    /** Draws a new seed, or takes the one in the system property. */
    public static Seed draw() {
        // Short enough to type.
        String given = System.getProperty("bellhop.seed");
        return new Seed(given == null ? System.nanoTime() & 0xffff_ffffL : Long.parseLong(given));
    }

    /** Returns the number. */
    public long value() {
        return value;
    }

    /** Returns a new generator that starts from this seed. */
    public Random random() {
        return new Random(value);
    }

    @Override
    public void beforeTestExecution(ExtensionContext context) {
        System.out.printf("%s: -Dbellhop.seed=%d%n", name(context), value);
    }

    @Override
    public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
        String line = "%s %s, profile %s: -Dbellhop.seed=%d%n"
                .formatted(Instant.now().truncatedTo(ChronoUnit.SECONDS), name(context), Profile.current(), value);
        try {
            Files.createDirectories(FAILED.getParent());
            Files.writeString(FAILED, line, CREATE, APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot keep the seed of a failed test: " + line, e);
        }
    }

    private static String name(ExtensionContext context) {
        return context.getRequiredTestClass().getSimpleName() + "#"
                + context.getRequiredTestMethod().getName();
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
