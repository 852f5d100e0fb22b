// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import dev.bellhop.api.v2.guest.AuthorizedKeyView;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** SSH keys as a table, each in one line. */
final class AuthorizedKeyFormat {

    /** The other columns with a time, and what stands between them. */
    private static final int OTHERS = 50 + 2 + 10 + 2 + 16 + 2;

    private static final int MIN_COMMENT = 12;
    private static final int MAX_COMMENT = 60;

    /** As ssh-keygen -l prints them. */
    private static final Map<String, String> SHORT = Map.of(
            "sk-ssh-ed25519@openssh.com", "ED25519-SK",
            "sk-ecdsa-sha2-nistp256@openssh.com", "ECDSA-SK",
            "ssh-dss", "DSA");

    private final int comment;

    /** @param columns how wide it may be; 0 where nothing sets a limit */
    AuthorizedKeyFormat(int columns) {
        comment = columns == 0 ? MAX_COMMENT : Math.clamp(columns - OTHERS, MIN_COMMENT, MAX_COMMENT);
    }

    Table table() {
        return new Table("FINGERPRINT", "TYPE", "EXPIRES", "COMMENT").optional("EXPIRES", "COMMENT");
    }

    void row(Table table, AuthorizedKeyView key) {
        table.row(key.fingerprint(), type(key.keyType()), expiry(key.expiresAt()), comment(key.comment()));
    }

    private static String type(String type) {
        String told = SHORT.get(type);
        if (told != null) {
            return told;
        }
        return type.startsWith("ecdsa-")
                ? "ECDSA"
                : type.replaceFirst("^ssh-", "").toUpperCase(Locale.ROOT);
    }

    private static String expiry(@Nullable Instant expiresAt) {
        return expiresAt == null
                ? "-"
                : expiresAt.truncatedTo(ChronoUnit.MINUTES).toString().replaceFirst(":00Z$", "Z");
    }

    private String comment(@Nullable String told) {
        return told == null ? "-" : Printable.shortened(told, comment);
    }
}
