// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is said where something goes by the guest agent's calls, since there is no stream into the guest. */
public final class SlowWay {
    private static final String AGENT = "agent";

    /** It was there, and will be again: there is nothing to be done. */
    private static final String LOST = "lost";

    /** In few words: the doctor has more of them. */
    private static final Map<String, String> REASONS = Map.of(
            "off",
            "switched off",
            "no_monitor",
            "no monitor",
            "no_slot",
            "no free port",
            "hypervisor",
            "hypervisor refused",
            "agent",
            "agent failed",
            "no_interpreter",
            "no interpreter",
            "no_port",
            "port not shown",
            "port_busy",
            "port in use",
            "late",
            "guest too slow",
            LOST,
            "lost");

    private SlowWay() {}

    /** Whether it is the slower one; not where the server does not say. */
    public static boolean is(@Nullable String transport) {
        return AGENT.equals(transport);
    }

    /**
     * What to say, for a line.
     *
     * @param reason why there is no stream, as the server has it; absent where that is not known
     */
    public static String sentence(@Nullable String reason, long vmid) {
        String words = reason == null ? null : REASONS.get(reason);
        return "slower: no stream"
                + (words == null ? "" : " (" + words + ")")
                + (LOST.equals(reason) ? "" : "; see 'bellhop doctor " + vmid + "'");
    }
}
