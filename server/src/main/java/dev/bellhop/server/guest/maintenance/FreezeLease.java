// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import dev.bellhop.server.vm.VmId;
import java.time.Instant;

/**
 * A freeze that this process must end.
 *
 * @param expiresAt in whole milliseconds
 * @param guard ends it in the guest, if this process does not
 */
record FreezeLease(VmId vm, Instant expiresAt, ThawGuard guard) {}
