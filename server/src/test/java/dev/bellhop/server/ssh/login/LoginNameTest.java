// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("ssh")
class LoginNameTest {
    @Test
    void aVmIsGivenByItsIdOrItsNameWithAUserOfTheGuestBeforeIt() {
        assertThat(LoginName.parse("10000")).contains(new LoginName(false, null, new VmId(10_000), null));
        assertThat(LoginName.parse("web 1")).contains(new LoginName(false, null, null, new VmName("web 1")));
        assertThat(LoginName.parse("deploy+10000")).contains(new LoginName(false, "deploy", new VmId(10_000), null));
        assertThat(LoginName.parse("deploy+a+b")).contains(new LoginName(false, "deploy", null, new VmName("a+b")));
        assertThat(LoginName.parse("dry-run:10000")).contains(new LoginName(true, null, new VmId(10_000), null));
        assertThat(LoginName.parse("dry-run:deploy+web"))
                .contains(new LoginName(true, "deploy", null, new VmName("web")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "+",
                "+1",
                "-x+1",
                "a b+1",
                "0",
                "01",
                "deploy+",
                "dry-run:",
                "dry-run:+1",
                "99999999999999999999"
            })
    void whatCanBeNeitherIsNobody(String text) {
        assertThat(LoginName.parse(text)).isEmpty();
    }
}
