// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A VM, as {@code GET /api/v2/vps} lists it and {@code GET /api/v2/vps/{vmid}} gives it.
 *
 * @param vmid id of the VM
 * @param name what people call it, in any characters; absent where its hypervisor knows no name. Another VM may have the same
 * @param status {@code running}, {@code stopped}, {@code paused}, {@code starting}, {@code stopping} or {@code unknown}
 * @param statusReason why the status is {@code unknown}, for a person; absent where it is known, or nobody knows why
 * @param account the id of the account that owns it; absent where it is the operator's
 * @param uptimeSeconds since the VM's process started; absent when stopped or not known
 * @param agent whether commands can be run in it, in a list as it was found last; absent where it was not found out
 * @param os what the guest called its system when it was asked last, such as "Debian GNU/Linux 13 (trixie)"; absent where
 *     it has not been asked lately, or did not tell
 * @param addresses the first of its addresses that others can reach, likewise
 */
public record VmSummary(
        long vmid,
        @Nullable String name,
        String status,
        @Nullable String statusReason,
        @Nullable String account,
        @Nullable Long uptimeSeconds,
        @Nullable VmAgent agent,
        @Nullable String os,
        @Nullable List<String> addresses) {

    public VmSummary {
        Objects.requireNonNull(status, "status");
        addresses = addresses == null ? null : List.copyOf(addresses);
    }

    /** One of which nothing else is known. */
    public VmSummary(long vmid, String status, @Nullable String account) {
        this(vmid, status, account, null, null, null, null);
    }

    /** One whose status is known. */
    public VmSummary(
            long vmid,
            String status,
            @Nullable String account,
            @Nullable Long uptimeSeconds,
            @Nullable VmAgent agent,
            @Nullable String os,
            @Nullable List<String> addresses) {
        this(vmid, null, status, null, account, uptimeSeconds, agent, os, addresses);
    }
}
