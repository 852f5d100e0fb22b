// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.policy.Decision;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.ssh.login.CommandText;
import dev.bellhop.server.ssh.login.SshLogin;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The command that a client wants to run.
 *
 * @param request with the client's variables, unless policy denies them
 * @param decision the policy's decision on the request
 */
record WantedCommand(CreateExecution.Builder request, Decision decision) {
    static WantedCommand of(
            SshServices services, SshLogin login, GuestChannel channel, byte[] command, LoginSession session) {
        String text = CommandText.of(command);
        Map<String, String> variables = channel.variables();
        Map<String, String> needed = channel.neededVariables();
        if (!variables.equals(needed)) {
            CreateExecution.Builder with = builder(login, text, variables);
            Decision decision = decisionWith(services, login, with, session);
            if (decision != null && !(decision instanceof Decision.Refused)) {
                return new WantedCommand(with, decision);
            }
        }
        CreateExecution.Builder without = builder(login, text, needed);
        return new WantedCommand(without, decision(services, login, without, session));
    }

    /** Returns the policy's decision; absent if the variables are more than a command can have. */
    private static @Nullable Decision decisionWith(
            SshServices services, SshLogin login, CreateExecution.Builder asked, LoginSession session) {
        try {
            return decision(services, login, asked, session);
        } catch (BellhopException e) {
            if (e.code() != ErrorCode.INVALID_FIELD) {
                throw e;
            }
            return null;
        }
    }

    private static Decision decision(
            SshServices services, SshLogin login, CreateExecution.Builder asked, LoginSession session) {
        return services.during(
                login,
                UseCase.EXECUTION_CHECK,
                permit -> services.starts().check(services.vms().find(permit, login.vm()), asked.build(), session));
    }

    private static CreateExecution.Builder builder(SshLogin login, String text, Map<String, String> variables) {
        return CreateExecution.command(text)
                .user(login.guestUser())
                .env(variables)
                .cwd(GuestText.HOME);
    }
}
