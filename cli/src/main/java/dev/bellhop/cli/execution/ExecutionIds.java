// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.query.ExecutionQuery;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Paging;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds executions by what people type: a whole id, its beginning, or {@code @last}. */
final class ExecutionIds {

    /** For the descriptions of parameters. */
    static final String HELP = "An execution: its id, the beginning of its id, or @last.";

    private static final String LAST = "@last";
    private static final int ID_LENGTH = 36;
    private static final Pattern BEGINNING = Pattern.compile("[0-9a-f]{4,8}|[0-9a-f]{8}-[0-9a-f-]{0,26}");
    private static final int MAX_SEARCHED = 1_000;

    /** An id is a UUID of version 7 (RFC 9562): so many hexadecimal digits are the milliseconds since 1970. */
    private static final int TIME_DIGITS = 12;

    private static final int HEX = 16;

    private final BellhopClient client;
    private final Optional<String> keyId;

    ExecutionIds(BellhopClient client, ClientOptions options) {
        this.client = client;
        this.keyId = options.keyId();
    }

    /** As {@link #find}, for each. */
    List<String> findAll(List<String> given) throws InterruptedException {
        List<String> ids = new ArrayList<>();
        for (String each : given) {
            ids.add(find(each));
        }
        return ids;
    }

    /**
     * The whole id. What is neither a beginning nor {@code @last} is left as it is, for the server to refuse.
     *
     * @throws CliException if several begin like that, or there is no last one or no telling which it is
     */
    String find(String given) throws InterruptedException {
        if (given.equals(LAST)) {
            return last();
        }
        if (given.length() >= ID_LENGTH || !BEGINNING.matcher(given).matches()) {
            return given;
        }
        Page<ExecutionView> found = search(around(given));
        List<String> ids = found.items().stream()
                .map(ExecutionView::id)
                .filter(id -> id.startsWith(given))
                .toList();
        if (ids.size() > 1 || found.nextCursor() != null) {
            throw new CliException("Cannot tell which execution " + given
                    + " is because several begin like that; give more of its id, from 'bellhop ps --all'");
        }
        return ids.isEmpty() ? given : ids.getFirst();
    }

    private String last() throws InterruptedException {
        if (keyId.isEmpty()) {
            throw new CliException("Cannot tell which command was this key's last, because the key is not like"
                    + " bellhop_ID_…, which names itself; give the id, from 'bellhop ps --all'");
        }
        return search(ExecutionQuery.ALL).items().stream()
                .filter(execution -> keyId.get().equals(execution.keyId()))
                .findFirst()
                .orElseThrow(() -> new CliException("Cannot find a last command because this key has started none"
                        + " of the newest " + MAX_SEARCHED))
                .id();
    }

    private Page<ExecutionView> search(ExecutionQuery query) throws InterruptedException {
        return Paging.first(MAX_SEARCHED, (limit, cursor) -> client.executions().list(query, limit, cursor));
    }

    /** When executions with such ids can have been created. */
    private static ExecutionQuery around(String beginning) {
        String digits = beginning.replace("-", "");
        String time = digits.substring(0, Math.min(TIME_DIGITS, digits.length()));
        String missing = "0".repeat(TIME_DIGITS - time.length());
        Instant first = Instant.ofEpochMilli(Long.parseLong(time + missing, HEX));
        Instant last = Instant.ofEpochMilli(Long.parseLong(time + missing.replace('0', 'f'), HEX));
        Duration margin = Duration.ofSeconds(1);
        return new ExecutionQuery(null, List.of(), Map.of(), first.minus(margin), last.plus(margin));
    }
}
