// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import org.jspecify.annotations.Nullable;

/** A script that was begun over a stream has not ended in time, or its stream was lost. Whether it has ended, and how, is not known. */
public final class ScriptLostException extends Exception {
    private static final long serialVersionUID = 1L;

    ScriptLostException(String why, @Nullable Throwable cause) {
        super(why, cause);
    }
}
