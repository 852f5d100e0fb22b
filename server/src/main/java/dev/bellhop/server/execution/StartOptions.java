// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is needed to start a command in its guest, and is forgotten once it has started: it can hold secrets.
 *
 * @param env variables on top of the guest's own
 * @param cwd the working directory; absent for the agent's
 * @param user who runs it in the guest; absent for the agent's own user
 * @param stdin its first input; absent for none. Not copied, so do not change it
 * @param stdinFollows whether more of its stdin is written while it runs
 * @param deliveryTimeout how long to wait for an agent that is not there; zero where it has to be there at once
 * @param callerWaits whether its caller waits for its start, and wants none that comes after the wait
 * @param parameters of the saved command that it is, for who approves it; the command has them in it already
 * @param salt of what is approved; absent where it needs no approval
 * @param login of a command over SSH; absent for others
 */
@SuppressWarnings("ArrayRecordComponent") // Up to megabytes on their way to the guest.
public record StartOptions(
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
    /** Nothing beside the command, and the agent has to be there. */
    public static final StartOptions PLAIN = new StartOptions(Map.of(), null, null, null, false, Duration.ZERO, false);

    /** The same, for a caller that waits for its start. */
    public static final StartOptions AWAITED = new StartOptions(Map.of(), null, null, null, false, Duration.ZERO, true);

    public StartOptions {
        env = Map.copyOf(env);
        parameters = Map.copyOf(parameters);
    }

    /** One without what is for who approves it. */
    public StartOptions(
            Map<String, String> env,
            @Nullable String cwd,
            @Nullable String user,
            byte @Nullable [] stdin,
            boolean stdinFollows,
            Duration deliveryTimeout,
            boolean callerWaits) {
        this(env, cwd, user, stdin, stdinFollows, deliveryTimeout, callerWaits, Map.of(), null, null);
    }

    /** The same without what may be long: what has to be known of one that waits. */
    public StartOptions terms() {
        return new StartOptions(Map.of(), null, null, null, stdinFollows, deliveryTimeout, callerWaits);
    }

    public long length() {
        long texts = 0;
        for (Map<String, String> each : List.of(env, parameters)) {
            texts += each.entrySet().stream()
                    .mapToLong(
                            entry -> entry.getKey().length() + entry.getValue().length())
                    .sum();
        }
        return texts
                + (cwd == null ? 0 : cwd.length())
                + (user == null ? 0 : user.length())
                + (stdin == null ? 0 : stdin.length);
    }

    StartOptions withParameters(Map<String, String> newParameters) {
        return new StartOptions(
                env, cwd, user, stdin, stdinFollows, deliveryTimeout, callerWaits, newParameters, salt, login);
    }

    StartOptions withSalt(String newSalt) {
        return new StartOptions(
                env, cwd, user, stdin, stdinFollows, deliveryTimeout, callerWaits, parameters, newSalt, login);
    }

    StartOptions withLogin(@Nullable LoginSession newLogin) {
        return new StartOptions(
                env, cwd, user, stdin, stdinFollows, deliveryTimeout, callerWaits, parameters, salt, newLogin);
    }

    @Override
    public String toString() {
        return "StartOptions[variables=" + env.size() + ", stdinBytes=" + (stdin == null ? 0 : stdin.length) + "]";
    }
}
