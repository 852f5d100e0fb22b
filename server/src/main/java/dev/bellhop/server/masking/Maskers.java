// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.tenant.Tenant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Provides the maskers of executions. Caches the matchers of their secrets for a while. Thread safe. */
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

    /**
     * Returns the masker for the output of an execution that has secrets. It masks these and the matches of its
     * tenant's masks.
     */
    public Masker of(String executionId, Map<String, String> secrets, Tenant tenant) {
        return new Masker(matchers.get(executionId, id -> SecretMatcher.of(secrets.values())), masks.patterns(tenant));
    }

    /**
     * Returns the masker for texts about a command, or for output of a command without secrets; absent if there is
     * nothing to mask.
     */
    public @Nullable Masker of(Map<String, String> secrets, Tenant tenant) {
        LinePatterns patterns = masks.patterns(tenant);
        if (secrets.isEmpty()) {
            return patterns == null ? null : new Masker(null, patterns);
        }
        return new Masker(SecretMatcher.of(secrets.values()), patterns);
    }
}
