// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.Rule;
import dev.bellhop.server.policy.RuleField;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Policies as they are kept: as JSON in a column of the key's or the account's row. */
public final class PolicyJson {
    /** A field that a newer server has stored may forbid something, so a policy with one is not read as if it were not there. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private PolicyJson() {}

    private record StoredPolicy(
            boolean onlySavedCommands, @Nullable Set<String> savedCommands, List<StoredRule> rules, boolean approval) {}

    private record StoredRule(String name, Rule.Effect effect, Map<RuleField, String> patterns) {}

    public static @Nullable String write(@Nullable Policy policy) {
        return policy == null
                ? null
                : MAPPER.writeValueAsString(new StoredPolicy(
                        policy.onlySavedCommands(),
                        policy.savedCommands(),
                        policy.rules().stream()
                                .map(rule -> new StoredRule(rule.name(), rule.effect(), rule.patterns()))
                                .toList(),
                        policy.approval()));
    }

    public static @Nullable Policy read(@Nullable String json) {
        if (json == null) {
            return null;
        }
        StoredPolicy stored = MAPPER.readValue(json, StoredPolicy.class);
        return new Policy(
                stored.onlySavedCommands(),
                stored.savedCommands(),
                stored.rules().stream()
                        .map(rule -> new Rule(rule.name(), rule.effect(), rule.patterns()))
                        .toList(),
                stored.approval());
    }
}
