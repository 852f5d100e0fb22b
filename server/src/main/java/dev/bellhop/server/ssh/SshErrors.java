// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import java.util.stream.Collectors;

/** Failures as people at a terminal read them: one sentence on stderr. */
final class SshErrors {
    /** What ssh itself ends with where it could not do its work. */
    static final int EXIT_CODE = 255;

    static final String FAULT = "Cannot serve this because of a fault in Bellhop; its log tells more";

    private SshErrors() {}

    static String sentence(BellhopException failure) {
        String faults = failure.faults().stream().map(FieldFault::detail).collect(Collectors.joining("; "));
        return failure.getMessage() + (faults.isEmpty() ? "" : ": " + faults);
    }
}
