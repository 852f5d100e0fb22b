// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.api.v2.admin.PolicyDecision;
import dev.bellhop.server.failure.WireName;
import dev.bellhop.server.policy.Decision;
import dev.bellhop.server.ssh.login.SshLogin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Shows the policy's decision on a command and runs nothing: the same lines and exit codes as
 * {@code bellhop exec --dry-run}.
 */
final class DryRun extends ChannelCommand {
    private final SshServices services;
    private final SshLogin login;
    private final byte @Nullable [] command;

    /** @param command absent for a shell */
    DryRun(SshServices services, SshLogin login, GuestChannel channel, byte @Nullable [] command) {
        super(channel);
        this.services = services;
        this.login = login;
        this.command = command;
    }

    @Override
    End run() throws IOException {
        services.gatekeeper().requested(login.key());
        if (command == null) {
            return new End.Failed("Cannot tell what policy says because there is no command; give one");
        }
        return switch (WantedCommand.of(
                        services, login, channel(), command, channel().session(false))
                .decision()) {
            case Decision.Allowed() -> {
                print(PolicyDecision.ALLOWED);
                yield new End.Exited(0);
            }
            case Decision.NeedsApproval(Decision.Whose whose) -> {
                print(PolicyDecision.NEEDS_APPROVAL);
                yield says(whose, null);
            }
            case Decision.Refused(Decision.Whose whose, String rule) -> {
                print(PolicyDecision.REFUSED);
                yield says(whose, rule);
            }
        };
    }

    private static End says(WireName whose, @Nullable String rule) {
        return new End.Failed(
                "The policy of this " + whose.wireName() + " says so" + (rule == null ? "" : ", by '" + rule + "'"));
    }

    private void print(String line) throws IOException {
        out().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        out().flush();
    }

    @Override
    void abandoned() {
        // Nothing has begun.
    }
}
