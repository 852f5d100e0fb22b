// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.StartOptions;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All it takes to start an execution: its command, whole, and its options. It may be megabytes, so it is sent in pieces.
 *
 * @param login as in {@link StartOptions}; absent from API servers that do not know it yet
 */
@SuppressWarnings("ArrayRecordComponent") // On its way.
public record StartContent(
        WireCommand command,
        Map<String, String> env,
        @Nullable String cwd,
        @Nullable String user,
        byte @Nullable [] stdin,
        boolean stdinFollows,
        Duration deliveryTimeout,
        boolean callerWaits,
        Map<String, String> parameters,
        @Nullable String salt,
        @Nullable LoginSession login) {

    public static StartContent of(WireCommand command, StartOptions options) {
        return new StartContent(
                command,
                options.env(),
                options.cwd(),
                options.user(),
                options.stdin(),
                options.stdinFollows(),
                options.deliveryTimeout(),
                options.callerWaits(),
                options.parameters(),
                options.salt(),
                options.login());
    }

    public StartOptions options() {
        return new StartOptions(
                env == null ? Map.of() : env,
                cwd,
                user,
                stdin,
                stdinFollows,
                deliveryTimeout,
                callerWaits,
                parameters == null ? Map.of() : parameters,
                salt,
                login);
    }

    @Override
    public String toString() {
        return "StartContent[]";
    }
}
