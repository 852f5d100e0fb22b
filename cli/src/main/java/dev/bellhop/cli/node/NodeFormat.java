// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import dev.bellhop.api.v2.node.NodeView;
import dev.bellhop.cli.terminal.HumanUnits;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Nodes as people read them. */
final class NodeFormat {

    /** For the descriptions of parameters. */
    static final String HELP = "The node's name, from 'bellhop node list'.";

    private NodeFormat() {}

    /** Also that it is drained, where that is not all there is to say. */
    static String state(NodeView node) {
        return node.drained() && !node.state().equals("drained") ? node.state() + ", drained" : node.state();
    }

    static String count(@Nullable Integer count) {
        return count == null ? "-" : count.toString();
    }

    static String seen(NodeView node) {
        Long seconds = node.lastSeenSeconds();
        return seconds == null ? "never" : HumanUnits.time(seconds) + " ago";
    }

    /** How long until then, such as "in 29d 4h". */
    static String until(Instant time, Instant now) {
        Duration left = Duration.between(now, time);
        return left.isPositive() ? "in " + HumanUnits.time(left.toSeconds()) : "over";
    }

    /** For how long something may be done that ends then. */
    static String within(Instant time, Instant now) {
        return "within "
                + HumanUnits.time(Math.max(0, Duration.between(now, time).toSeconds()));
    }
}
