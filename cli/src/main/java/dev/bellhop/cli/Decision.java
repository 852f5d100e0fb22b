// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopApiException;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.ExecutionView;
import dev.bellhop.api.v2.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What somebody decides on executions that wait for approval: the same on each. */
@FunctionalInterface
interface Decision {
    /** What became of it; empty where it was not decided on, which has been said. */
    Optional<ExecutionView> on(BellhopClient client, String id) throws InterruptedException;

    /** Decides on each and says how it stands then; returns the exit code. */
    default int onAll(List<String> ids, CliContext context, ClientOptions options) throws InterruptedException {
        Terminal terminal = context.terminal();
        List<ExecutionView> decided = new ArrayList<>();
        boolean failed = false;
        try (BellhopClient client = options.connect()) {
            for (String id : ids) {
                try {
                    Optional<ExecutionView> now = on(client, id);
                    now.ifPresent(decided::add);
                    failed |= now.isEmpty();
                    if (!options.json() && now.isPresent()) {
                        terminal.say(id + ": " + what(now.get()));
                    }
                } catch (BellhopApiException | CliException e) {
                    terminal.say(id + ": " + e.getMessage());
                    failed = true;
                }
            }
        }
        if (options.json()) {
            terminal.json(new Page<>(decided, null));
        }
        return failed ? 1 : 0;
    }

    private static String what(ExecutionView now) {
        boolean approved = now.approval() != null && now.approval().approvedAt() != null;
        return (approved ? "approved; it is " : "") + ExecutionText.state(now);
    }
}
