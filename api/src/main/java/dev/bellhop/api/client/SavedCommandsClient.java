// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.api.v2.admin.SavedCommandView;
import org.jspecify.annotations.Nullable;

/**
 * The commands that are saved under a name, with the errors of {@link BellhopClient}. Thread safe.
 *
 * <p>The account is whose they are, for an admin; absent for those of the key in use.
 */
public final class SavedCommandsClient {

    private static final String SAVED = "/api/v2/saved-commands";

    private final Calls calls;

    SavedCommandsClient(Calls calls) {
        this.calls = calls;
    }

    /** Saves a command under a name, as its next version. */
    public SavedCommandView create(CreateSavedCommand wanted) throws InterruptedException {
        return calls.post(SAVED, wanted, SavedCommandView.class);
    }

    /**
     * The newest version of each saved command, in order of their names.
     *
     * @param limit as in {@link VmsClient#list(Integer, String)}, and the cursor too
     */
    public Page<SavedCommandView> list(@Nullable String account, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        return calls.page(new PathAndQuery(SAVED).with("account", account).page(limit, cursor), SavedCommandView.class);
    }

    /** Every saved command in its newest version, by name. */
    public Pages<SavedCommandView> all(@Nullable String account) {
        return new Pages<>((limit, cursor) -> list(account, limit, cursor));
    }

    /** All versions of a saved command, newest first. */
    public Page<SavedCommandView> versions(String name, @Nullable String account) throws InterruptedException {
        return calls.page(path(name, account), SavedCommandView.class);
    }

    /** Deletes all versions of a saved command. */
    public void delete(String name, @Nullable String account) throws InterruptedException {
        calls.delete(path(name, account).toString());
    }

    private static PathAndQuery path(String name, @Nullable String account) {
        return new PathAndQuery(SAVED + "/" + PathAndQuery.encode(name)).with("account", account);
    }
}
