// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.cli.terminal.Printable;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds accounts by id or by name. */
public final class AccountIds {

    private static final Pattern ID = Pattern.compile("[0-9a-f]{12}");

    private AccountIds() {}

    /**
     * The id of an account. What looks like an id is taken for one, and the server is not asked.
     *
     * @param given an id or a name; absent stays absent
     * @throws CliException if no account has the name, or several have it
     */
    public static @Nullable String resolve(BellhopClient client, @Nullable String given) throws InterruptedException {
        return given == null ? null : resolveGiven(client, given);
    }

    /** As the other, of one that is given. */
    public static String resolveGiven(BellhopClient client, String given) throws InterruptedException {
        if (ID.matcher(given).matches()) {
            return given;
        }
        List<String> ids = Paging.all(client.accounts()::list).items().stream()
                .filter(account -> account.name().equals(given))
                .map(AccountView::id)
                .toList();
        return switch (ids.size()) {
            case 1 -> ids.getFirst();
            case 0 ->
                throw new CliException("Cannot find an account named " + Printable.line(given)
                        + "; 'bellhop account list' lists them all");
            default ->
                throw new CliException("Cannot tell which account is meant because several are named "
                        + Printable.line(given) + ": give one of the ids " + String.join(", ", ids));
        };
    }
}
