// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.terminal.RecordingView;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The recordings of terminals, with the errors of {@link BellhopClient}. Thread safe. */
public final class RecordingsClient {

    private final Calls calls;

    RecordingsClient(Calls calls) {
        this.calls = calls;
    }

    /**
     * The recordings, newest first.
     *
     * @param vmid of which VM alone; absent for any
     * @param limit as in {@link VmsClient#list(Integer, String)}, and the cursor too
     */
    public Page<RecordingView> list(@Nullable Long vmid, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        return calls.page(
                new PathAndQuery("/api/v2/recordings").with("vmid", vmid).page(limit, cursor), RecordingView.class);
    }

    /**
     * Every recording, newest first.
     *
     * @param vmid absent for any VM
     */
    public Pages<RecordingView> all(@Nullable Long vmid) {
        return new Pages<>((limit, cursor) -> list(vmid, limit, cursor));
    }

    /**
     * What is known of a recording.
     *
     * @param id of the terminal
     */
    public RecordingView get(String id) throws InterruptedException {
        return calls.get("/api/v2/recordings/" + PathAndQuery.encode(id), RecordingView.class);
    }

    /**
     * A recording, as an asciicast. The stream fails where the connection breaks; it is to be closed.
     *
     * @param id of the terminal
     * @param raw whether it comes as it was made, unmasked and with what was typed
     */
    public InputStream read(long vmid, String id, boolean raw) throws InterruptedException {
        return calls.transport()
                .open(new PathAndQuery(TerminalsClient.path(vmid, id) + "/recording")
                        .flag("raw", raw)
                        .toString());
    }
}
