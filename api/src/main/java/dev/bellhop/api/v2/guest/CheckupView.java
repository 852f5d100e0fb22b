// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.guest;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is amiss with a VM and its guest; the answer of {@code GET /api/v2/vps/{vmid}/doctor}.
 *
 * @param status the worst of the checks: {@code ok}, {@code warning} or {@code failed}
 * @param checkedAt some seconds ago at most
 */
public record CheckupView(long vmid, String status, Instant checkedAt, List<Check> checks) {

    public CheckupView {
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(checkedAt, "checkedAt");
        checks = List.copyOf(Objects.requireNonNull(checks, "checks"));
    }

    /**
     * One thing that was looked at.
     *
     * @param id such as {@code spool} or {@code call.guest-exec}; new ones may be added
     * @param status {@code ok}, {@code warning}, {@code failed} or {@code skipped}
     * @param found what was found, for a person
     * @param advice what to do, for a person; absent where there is nothing to do
     */
    public record Check(
            String id,
            String status,
            String found,
            @Nullable String advice) {

        public Check {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(status, "status");
            Objects.requireNonNull(found, "found");
        }
    }
}
