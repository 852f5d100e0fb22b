// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.policy.Rule;
import dev.bellhop.server.policy.RuleField;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class PolicyJsonTest {
    private static final String STORED = """
            {"onlySavedCommands":true,"savedCommands":["a"],"rules":[{"name":"r","effect":"DENY","patterns":{"COMMAND":"x"}}],\
            "approval":true}""";

    private static final Policy POLICY = new Policy(
            true, Set.of("a"), List.of(new Rule("r", Rule.Effect.DENY, Map.of(RuleField.COMMAND, "x"))), true);

    /** Databases hold it: another name of a part is another form. */
    @Test
    void thisIsTheFormInWhichItIsStored() {
        assertThat(PolicyJson.write(POLICY)).isEqualTo(STORED);
        assertThat(PolicyJson.read(STORED)).isEqualTo(POLICY);
        assertThat(PolicyJson.read(PolicyJson.write(new Policy(false, null, List.of(), false))))
                .isEqualTo(new Policy(false, null, List.of(), false));
        assertThat(PolicyJson.write(null)).isNull();
        assertThat(PolicyJson.read(null)).isNull();
    }

    /** It may forbid something. */
    @Test
    void aFieldOfANewerServerIsNotPassedOver() {
        String newer = STORED.replace("\"approval\"", "\"newer\":1,\"approval\"");

        assertThatThrownBy(() -> PolicyJson.read(newer)).isInstanceOf(JacksonException.class);
    }
}
