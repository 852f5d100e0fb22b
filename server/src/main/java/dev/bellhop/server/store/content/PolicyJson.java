// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.bellhop.server.policy.Policy;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Policies as JSON in a column of the key's or the account's row. The components of {@link Policy} and
 * {@link dev.bellhop.server.policy.Rule} have the same names in the JSON.
 */
public final class PolicyJson {
    /** Fails on unknown fields: a field from a newer server may forbid something, and must not be ignored. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            // Omits absent fields, so that an older server need not know their names.
            .changeDefaultPropertyInclusion(all -> all.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private PolicyJson() {}

    public static @Nullable String write(@Nullable Policy policy) {
        return policy == null ? null : MAPPER.writeValueAsString(policy);
    }

    public static @Nullable Policy read(@Nullable String json) {
        return json == null ? null : MAPPER.readValue(json, Policy.class);
    }
}
