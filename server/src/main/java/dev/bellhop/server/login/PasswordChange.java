// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentCalls;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Sets the password of one user. The guest's error is only inspected, never passed on: it can quote the output of its
 * tools, which can contain their input.
 */
record PasswordChange(AgentCalls calls, VmId vm, String user) {
    void set(NewPassword password, Deadline deadline) {
        byte[] bytes = password.text().getBytes(StandardCharsets.UTF_8);
        Optional<String> refusal = calls.change(vm, what(), deadline, (agent, until) -> {
            try {
                agent.setUserPassword(user, bytes, password.crypted(), until);
                return Optional.empty();
            } catch (AgentErrorException e) {
                return Optional.of(why(agent, e.description(), until));
            }
        });
        refusal.ifPresent(why -> {
            throw new BellhopException(ErrorCode.GUEST_REFUSED, "Cannot " + what() + " because " + why);
        });
    }

    private String what() {
        return "set the password of the user " + user + " in VM " + vm;
    }

    /** Returns the likely reason for the guest's refusal, in fixed words. */
    private String why(GuestAgent agent, String said, Deadline deadline) {
        if (isUnknownUser(said) || (!said.contains("PATH") && isUnknownToSsh(agent, deadline))) {
            return "the guest has no such user";
        }
        if (said.contains("not supported")) {
            return "this guest takes passwords alone, and no hashes of them";
        }
        if (said.contains("PATH")) {
            return "the guest has no program chpasswd; install its package, passwd or shadow-utils";
        }
        return "the guest refused it: its rules for passwords may not allow this one, or its agent may not set any"
                + " (SELinux); the guest's own log tells more";
    }

    private static boolean isUnknownUser(String said) {
        return said.contains("does not exist")
                || said.contains("failed to lookup user")
                || said.contains("unknown user")
                || said.contains("user name could not be found");
    }

    /** Many agents do not report why their chpasswd failed; the call for a user's keys looks up the user first. */
    private boolean isUnknownToSsh(GuestAgent agent, Deadline deadline) {
        try {
            var _ = agent.authorizedKeys(user, deadline);
            return false;
        } catch (AgentErrorException e) {
            return isUnknownUser(e.description());
        } catch (AgentException e) {
            return false;
        }
    }
}
