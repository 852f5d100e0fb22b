// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is needed to start a command in its guest, and is forgotten once it has started: it can hold secrets.
 *
 * @param environment variables on top of the guest's own
 * @param directory where the command runs; absent for where the agent runs
 * @param user who runs it in the guest; absent for the agent's own user
 * @param input what stands on its stdin; absent for nothing. Not copied: whoever holds it leaves it alone.
 * @param inputFollows whether more of its stdin is written while it runs
 * @param patience how long to wait for an agent that is not there; zero where it has to be there at once
 * @param callerWaits whether its caller waits for its start, and wants none that comes after the wait
 * @param parameters of the saved command that it is, for who approves it; the command has them in it already
 * @param salt of what is approved; absent where it needs no approval
 */
@SuppressWarnings("ArrayRecordComponent") // Up to megabytes on their way to the guest.
public record StartOptions(
        Map<String, String> environment,
        @Nullable String directory,
        @Nullable String user,
        byte @Nullable [] input,
        boolean inputFollows,
        Duration patience,
        boolean callerWaits,
        Map<String, String> parameters,
        @Nullable String salt) {
    /** Nothing beside the command, and the agent has to be there. */
    public static final StartOptions PLAIN = new StartOptions(Map.of(), null, null, null, false, Duration.ZERO, false);

    public StartOptions {
        environment = Map.copyOf(environment);
        parameters = Map.copyOf(parameters);
    }

    /** One without what is for who approves it. */
    public StartOptions(
            Map<String, String> environment,
            @Nullable String directory,
            @Nullable String user,
            byte @Nullable [] input,
            boolean inputFollows,
            Duration patience,
            boolean callerWaits) {
        this(environment, directory, user, input, inputFollows, patience, callerWaits, Map.of(), null);
    }

    /** The same without what may be long: what has to be known of one that waits. */
    public StartOptions terms() {
        return new StartOptions(Map.of(), null, null, null, inputFollows, patience, callerWaits);
    }

    /** How many characters and bytes it has. */
    public long length() {
        long texts = 0;
        for (Map<String, String> each : List.of(environment, parameters)) {
            texts += each.entrySet().stream()
                    .mapToLong(
                            entry -> entry.getKey().length() + entry.getValue().length())
                    .sum();
        }
        return texts
                + (directory == null ? 0 : directory.length())
                + (user == null ? 0 : user.length())
                + (input == null ? 0 : input.length);
    }

    /** The same, with an agent that may take its time to come. */
    public StartOptions withPatience(Duration newPatience) {
        return new StartOptions(
                environment, directory, user, input, inputFollows, newPatience, callerWaits, parameters, salt);
    }

    /** The same, for a caller that waits for its start. */
    public StartOptions withCallerWaiting() {
        return new StartOptions(environment, directory, user, input, inputFollows, patience, true, parameters, salt);
    }

    /** The same, with more of its stdin to follow. */
    public StartOptions withInputFollowing() {
        return new StartOptions(environment, directory, user, input, true, patience, callerWaits, parameters, salt);
    }

    /** The same, of a saved command with these parameters. */
    StartOptions withParameters(Map<String, String> newParameters) {
        return new StartOptions(
                environment, directory, user, input, inputFollows, patience, callerWaits, newParameters, salt);
    }

    /** The same, to be approved. */
    StartOptions withSalt(String newSalt) {
        return new StartOptions(
                environment, directory, user, input, inputFollows, patience, callerWaits, parameters, newSalt);
    }

    @Override
    public String toString() {
        return "StartOptions[variables=" + environment.size() + ", inputBytes=" + (input == null ? 0 : input.length)
                + "]";
    }
}
