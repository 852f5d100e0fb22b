// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.tenant.Tenant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds out what is to be masked in which output. What was made of an execution's secrets is kept for a while. Thread safe. */
public final class Maskers {
    private static final long CACHED_BYTES = 16 << 20;

    private final Cache<String, SecretMatcher> matchers = Caffeine.newBuilder()
            .maximumWeight(CACHED_BYTES)
            .weigher((String id, SecretMatcher made) -> made.weight())
            .executor(Runnable::run)
            .build();

    private final Masks masks;

    public Maskers(Masks masks) {
        this.masks = masks;
    }

    /** What masks the output of an execution that has secrets: those, and the masks of its tenant. */
    public Masker of(String executionId, Map<String, String> secrets, Tenant tenant) {
        return new Masker(matchers.get(executionId, id -> SecretMatcher.of(secrets.values())), masks.patterns(tenant));
    }

    /** What masks texts about a command, or output of one without secrets; absent where there is nothing to mask. */
    public @Nullable Masker of(Map<String, String> secrets, Tenant tenant) {
        LinePatterns patterns = masks.patterns(tenant);
        if (secrets.isEmpty()) {
            return patterns == null ? null : new Masker(null, patterns);
        }
        return new Masker(SecretMatcher.of(secrets.values()), patterns);
    }
}
