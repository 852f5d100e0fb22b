// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import org.jspecify.annotations.Nullable;

/** A script was started, and its stream or the guest agent was lost, or did not answer in time. Whether it has ended, and how, is unknown. */
public final class ScriptLostException extends Exception {
    private static final long serialVersionUID = 1L;

    ScriptLostException(String why, @Nullable Throwable cause) {
        super(why, cause);
    }
}
