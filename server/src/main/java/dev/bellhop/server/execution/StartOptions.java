// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The options that start a command in its guest. They can hold secrets, so they are deleted once it has started.
 *
 * @param env variables on top of the guest's own
 * @param cwd the working directory; absent for the agent's
 * @param user the user in the guest; absent for the agent's own
 * @param stdin first input; absent for none. Not copied, so do not change it
 * @param stdinFollows whether the caller writes more stdin while the command runs
 * @param deliveryTimeout how long to wait for an unavailable agent; zero for no wait
 * @param callerWaits whether the caller waits for the start, and wants no start after that wait
 * @param parameters parameters of the saved command, for approvers; the command already contains them
 * @param salt salt of the approval's digest; absent if no approval is needed
 * @param login SSH session of the command; absent if it did not come over SSH
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
    /** No options. The agent must be available immediately. */
    public static final StartOptions PLAIN = new StartOptions(Map.of(), null, null, null, false, Duration.ZERO, false);

    /** Same as {@link #PLAIN}, for a caller that waits for the start. */
    public static final StartOptions AWAITED = new StartOptions(Map.of(), null, null, null, false, Duration.ZERO, true);

    public StartOptions {
        env = Map.copyOf(env);
        parameters = Map.copyOf(parameters);
    }

    /** Creates options without the fields for approval and SSH. */
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

    /** Returns only the short options, which must be known of a waiting execution. */
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
