// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.stream.Errno;
import dev.bellhop.server.vm.VmId;

/** Errors of a connection in a guest, as reported to callers. */
final class ConnectFailure {
    private ConnectFailure() {}

    static String cannot(VmId vm, ForwardTarget target) {
        return "Cannot connect to " + target + " in VM " + vm + " because ";
    }

    /** @param errno Linux's number, or {@link Errno#NO_ADDRESS} */
    static BellhopException refused(VmId vm, ForwardTarget target, int errno) {
        return new BellhopException(ErrorCode.GUEST_REFUSED, cannot(vm, target) + Errno.text(errno));
    }

    static BellhopException late(VmId vm, ForwardTarget target) {
        return new BellhopException(
                ErrorCode.AGENT_UNAVAILABLE,
                cannot(vm, target) + "nobody answered in time; a firewall may be in the way");
    }

    static BellhopException gone(VmId vm, ForwardTarget target, Throwable cause) {
        return new BellhopException(
                ErrorCode.AGENT_UNAVAILABLE, cannot(vm, target) + "its process in the guest did not do it", cause);
    }

    static BellhopException stopping(VmId vm, ForwardTarget target) {
        return new BellhopException(ErrorCode.SHUTTING_DOWN, cannot(vm, target) + "the server is shutting down");
    }

    static BellhopException unread() {
        return new BellhopException(
                ErrorCode.STDIN_CLOSED, "Cannot send more because the other side of the connection reads no more");
    }
}
