// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.bellhop.server.policy.Policy;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Policies as JSON in a column of the key's or the account's row. The names of the parts of {@link Policy} and {@link
 * dev.bellhop.server.policy.Rule} are those in the JSON.
 */
public final class PolicyJson {
    /** A field that a newer server has stored may forbid something, so a policy with one is not read as if it were not there. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            // Of what is not there, an older server need not know the name.
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
