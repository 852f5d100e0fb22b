// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import static java.util.stream.Collectors.joining;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.admin.KeyView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keys and what they see, as text. */
final class KeyFormat {

    private static final int MAX_VMS = 5;

    private KeyFormat() {}

    static String scopes(List<String> scopes) {
        return String.join(",", scopes);
    }

    /** Which VMs a key may see, and of which account. */
    static String vms(@Nullable List<Long> vms, @Nullable String account) {
        if (vms == null) {
            return account == null ? "all VMs" : "all VMs of " + account;
        }
        String shown = vms.stream().limit(MAX_VMS).map(String::valueOf).collect(joining(","));
        int more = vms.size() - MAX_VMS;
        return (vms.size() == 1 ? "VM " : "VMs ")
                + shown
                + (more > 0 ? " and " + more + " more" : "")
                + (account == null ? "" : " of " + account);
    }

    /** What a key sees: VMs, and commands of one label or several. */
    static String sees(@Nullable List<Long> vms, @Nullable String account, @Nullable Map<String, String> labels) {
        return vms(vms, account)
                + (labels == null
                        ? ""
                        : labels.entrySet().stream()
                                .map(label -> label.getKey() + "=" + label.getValue())
                                .collect(joining(", ", ", ", "")));
    }

    /** Returns all that a key may do, where it works from, and until when. */
    static String rights(
            @Nullable List<Long> vms,
            @Nullable String account,
            @Nullable Map<String, String> labels,
            List<String> scopes,
            @Nullable List<String> networks,
            @Nullable Instant expiresAt) {
        return sees(vms, account, labels)
                + " with " + scopes(scopes) + ", "
                + (networks == null ? "" : "from " + String.join(",", networks) + ", ")
                + (expiresAt == null ? "never expires" : "expires " + day(expiresAt));
    }

    static String day(Instant time) {
        return Json.timestamp(time).substring(0, "2026-01-31".length());
    }

    static String state(KeyView key, Instant now) {
        if (key.revokedAt() != null) {
            return "revoked " + day(key.revokedAt());
        }
        if (key.expiresAt() == null) {
            return "active";
        }
        return (key.expiresAt().isAfter(now) ? "active until " : "expired ") + day(key.expiresAt());
    }
}
