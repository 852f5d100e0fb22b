// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.body;

import dev.bellhop.api.Json;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Refuses null in a body. A record cannot distinguish null from an absent field, and an absent field often means no
 * limit: all VMs, no expiry, no policy. A client that sends null can mean that, or the opposite.
 */
public final class ExplicitNulls {
    private static final int MAX_FAULTS = 20;
    private static final String WHAT_TO_DO = "Not null; leave it out, or give it a value";

    private ExplicitNulls() {}

    /** Throws {@code INVALID_FIELD} if there is a null, and a JacksonException if the body is not JSON. */
    public static void refuse(byte[] body) {
        List<FieldFault> faults = in(body);
        if (!faults.isEmpty()) {
            throw new BellhopException(
                    "Cannot use the body because " + faults.getFirst().pointer()
                            + " is null; leave it out, or give it a value",
                    faults);
        }
    }

    private static List<FieldFault> in(byte[] body) {
        List<FieldFault> faults = new ArrayList<>();
        try (JsonParser parser = Json.requestMapper().createParser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                String pointer = token == JsonToken.VALUE_NULL
                        ? parser.streamReadContext().pathAsPointer().toString()
                        : "";
                // The pointer is also empty if the body itself is null, which is reported elsewhere.
                if (!pointer.isEmpty() && faults.size() < MAX_FAULTS) {
                    faults.add(new FieldFault(pointer, WHAT_TO_DO, Fault.WRONG_TYPE));
                }
            }
        }
        return faults;
    }
}
