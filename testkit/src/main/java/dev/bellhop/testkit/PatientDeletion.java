// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirDeletionStrategy;

/**
 * Deletes a test's folder again until it is gone, for ten seconds at most. In tests the guest is this machine, and what a test ended
 * in it may still be tidying up there when the folder goes. What goes on writing fails the test as before.
 *
 * <p>{@code junit-platform.properties} makes it the default of each module that tests with this kit.
 */
public final class PatientDeletion implements TempDirDeletionStrategy {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** JUnit makes one for each folder. */
    public PatientDeletion() {}

    @Override
    public DeletionResult delete(Path folder, AnnotatedElementContext element, ExtensionContext test)
            throws IOException {
        long start = System.nanoTime();
        while (true) {
            DeletionResult result = Standard.INSTANCE.delete(folder, element, test);
            if (result.isSuccessful() || System.nanoTime() - start > PATIENCE.toNanos()) {
                return result;
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return result;
            }
        }
    }
}
