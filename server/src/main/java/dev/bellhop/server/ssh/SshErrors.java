// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import java.util.stream.Collectors;

/** Failures for people at a terminal: one sentence on stderr. */
final class SshErrors {
    /** ssh's own exit code for its failures. */
    static final int EXIT_CODE = 255;

    static final String FAULT = "Cannot serve this because of a fault in Bellhop; its log tells more";

    private SshErrors() {}

    /** @param what the action that failed, such as "run one more command" */
    static BellhopException noMemory(String what) {
        return new BellhopException(
                ErrorCode.OVERLOADED,
                "Cannot " + what
                        + " now because what this key, or its account, has open over SSH takes its share of the server's"
                        + " memory; try again when some of it has ended");
    }

    static String sentence(BellhopException failure) {
        String faults = failure.faults().stream().map(FieldFault::detail).collect(Collectors.joining("; "));
        return failure.getMessage() + (faults.isEmpty() ? "" : ": " + faults);
    }
}
