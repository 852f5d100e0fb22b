// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import java.util.function.LongSupplier;

/**
 * How much output of one execution is kept.
 *
 * @param ofExecution of both streams together
 * @param ofAccount how much more its account may have stored now, of whatever has not ended
 */
record OutputLimit(long ofExecution, LongSupplier ofAccount) {
    /** How much more may be kept where so much is. */
    long room(long kept) {
        return Math.max(0, Math.min(ofExecution - kept, ofAccount.getAsLong()));
    }
}
