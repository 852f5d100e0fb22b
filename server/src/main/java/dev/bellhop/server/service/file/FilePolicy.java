// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.policy.Decision.Whose;
import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.PolicyCheck;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The folders that the policies of a caller's account and key allow for reading and writing. Thread safe. */
record FilePolicy(Keys keys, Accounts accounts) {
    /**
     * Runs work within those limits. Throws {@code POLICY_REFUSED} if they allow nothing at all, or if the work would
     * leave them.
     */
    <T> T within(VisibleVm vm, UseCase useCase, boolean toWrite, Function<PathLimits, T> work) {
        Key caller = vm.callerOf(useCase).key();
        Policy ofAccount = accounts.policyOf(caller.tenant());
        // The current policy, which may be newer than the caller's copy from the beginning of the request.
        Policy ofKey = keys.find(caller.id()).orElse(caller).policy();
        List<List<GuestPath>> each = new ArrayList<>();
        add(vm.permit(), Whose.ACCOUNT, ofAccount, toWrite, each);
        add(vm.permit(), Whose.KEY, ofKey, toWrite, each);
        try {
            return work.apply(new PathLimits(each));
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.POLICY_REFUSED && e.rule().isEmpty()) {
                throw PolicyCheck.refused(vm.permit(), ofKey == null ? Whose.ACCOUNT : Whose.KEY, Policy.FILES, e);
            }
            throw e;
        }
    }

    /** Throws {@code POLICY_REFUSED} if an open file could not be opened now. Its path has no links. */
    void requireStillWithin(VisibleVm vm, UseCase useCase, boolean toWrite, GuestPath real) {
        within(vm, useCase, toWrite, limits -> {
            limits.require(real);
            return real;
        });
    }

    private static void add(
            Permit permit, Whose whose, @Nullable Policy policy, boolean toWrite, List<List<GuestPath>> each) {
        if (policy == null) {
            return;
        }
        List<GuestPath> folders = policy.folders(toWrite).stream()
                .map(GuestPath::of)
                .flatMap(Optional::stream)
                .toList();
        if (folders.isEmpty()) {
            throw PolicyCheck.refused(permit, whose, Policy.FILES);
        }
        if (folders.stream().noneMatch(GuestPath::isRootOfAll)) {
            each.add(folders); // Otherwise it limits nothing.
        }
    }
}
