// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.tar;

import java.io.IOException;

/** It is no tar, or has something in it that is refused. The message says why, as in "because" and then this. */
public final class TarException extends IOException {
    private static final long serialVersionUID = 1L;

    TarException(String why) {
        super(why);
    }
}
