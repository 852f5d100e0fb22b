// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.vm.VmId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whose commands count together. */
class AdmissionTest {
    private final Admission admission = new Admission(new ExecutionLimits(10, 2, 10));
    private long vm;

    /** Each in a VM of its own. */
    private Admission.Ticket enter(String keyId, @Nullable String account) {
        return admission.enter(new VmId(++vm), ExecutionSpec.of("true", keyId, account));
    }

    @Test
    void keysOfAnAccountRunNoMoreThanOneKey() {
        Admission.Ticket first = enter("a", "shop");
        assertThat(enter("b", "shop").isAdmitted()).isTrue();
        Admission.Ticket third = enter("c", "shop");
        assertThat(third.isAdmitted()).isFalse();
        assertThat(enter("d", "press").isAdmitted()).isTrue();

        first.close();
        assertThat(third.isAdmitted()).isTrue();
    }

    @Test
    void keysOfNoAccountRunEachTheirOwn() {
        enter("a", null);
        enter("a", null);

        assertThat(enter("a", null).isAdmitted()).isFalse();
        assertThat(enter("b", null).isAdmitted()).isTrue();
    }

    @Test
    void whatAnEarlierServerLeftCountsToo() {
        admission.enterRunning(new VmId(++vm), ExecutionSpec.of("true", "a", "shop"));
        admission.enterRunning(new VmId(++vm), ExecutionSpec.of("true", "b", "shop"));

        assertThat(enter("c", "shop").isAdmitted()).isFalse();
    }
}
