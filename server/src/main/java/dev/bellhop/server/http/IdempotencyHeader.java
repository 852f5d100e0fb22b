// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the header {@code Idempotency-Key}. */
public final class IdempotencyHeader {
    private static final String NAME = "Idempotency-Key";
    private static final Pattern VISIBLE = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private IdempotencyHeader() {}

    /** Returns the idempotency key with a hash of the command to start; absent if the caller gave none. */
    public static @Nullable IdempotencyKey read(Call call, VmId vm, CreateExecution wanted) {
        return name(call)
                .map(name -> new IdempotencyKey(call.caller().id(), name, hash(vm, wanted)))
                .orElse(null);
    }

    /** Returns only the name; empty if the caller gave none. */
    public static Optional<String> name(Call call) {
        return call.header(NAME).map(name -> {
            if (!VISIBLE.matcher(name).matches()) {
                throw new BellhopException(
                        "Cannot use this " + NAME,
                        List.of(new FieldFault(NAME, "1 to 255 visible characters of ASCII", Fault.MALFORMED)));
            }
            return name;
        });
    }

    /** Returns the headers of a response to a new start, or to a repeat of an earlier one with the same name. */
    public static Map<String, String> begun(String location, boolean replayed) {
        Map<String, String> headers = new HashMap<>(replayed(replayed));
        headers.put("Location", location);
        return headers;
    }

    /** Returns these headers without a location. */
    public static Map<String, String> replayed(boolean replayed) {
        return replayed ? Map.of("Idempotent-Replayed", "true") : Map.of();
    }

    /** Hashes the parsed request rather than the body's bytes: blanks and the order of fields must not matter. */
    private static byte[] hash(VmId vm, CreateExecution wanted) {
        MessageDigest hash = Digests.sha256();
        hash.update((vm + "\n").getBytes(StandardCharsets.UTF_8));
        return hash.digest(Json.mapper().writeValueAsBytes(wanted));
    }
}
