// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;

/** Makes the errors for keys of one user of one VM that cannot be read or changed. */
record KeyTrouble(String what) {
    BellhopException refused(String why) {
        return new BellhopException(ErrorCode.GUEST_REFUSED, "Cannot " + what + " because " + why);
    }

    BellhopException notSupported(String why) {
        return new BellhopException(ErrorCode.NOT_SUPPORTED, "Cannot " + what + " because " + why);
    }

    BellhopException unknownUser() {
        return refused("the guest has no such user");
    }

    BellhopException ownOptions() {
        return refused("the key is there with options of its own, which would be lost; remove it first");
    }

    /** The guest received the request, but its outcome is unknown. */
    BellhopException unconfirmed(Exception cause) {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether this was done: " + what
                        + "; the guest agent was lost or did not answer in time. Ask for it once"
                        + " more: what is done already is not done twice",
                cause);
    }

    /** The change was made, but reading it back does not show it. */
    BellhopException unverified() {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot tell whether this was done: " + what
                        + "; the file is not as it was written. Something else in the guest may change it");
    }
}
