// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopApiException;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.ExecutionView;
import dev.bellhop.api.v2.Page;
import java.util.ArrayList;
import java.util.List;

/** What somebody decides on executions that wait for approval: the same on each. */
@FunctionalInterface
interface Decision {
    ExecutionView on(BellhopClient client, String id) throws InterruptedException;

    /** Decides on each and says how it stands then; returns the exit code. */
    default int onAll(List<String> ids, CliContext context, ClientOptions options) throws InterruptedException {
        Terminal terminal = context.terminal();
        List<ExecutionView> decided = new ArrayList<>();
        boolean failed = false;
        try (BellhopClient client = options.connect()) {
            for (String id : ids) {
                try {
                    ExecutionView now = on(client, id);
                    decided.add(now);
                    if (!options.json()) {
                        terminal.say(id + ": " + ExecutionText.state(now));
                    }
                } catch (BellhopApiException e) {
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
}
