// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.job;

/** A job cannot be done. The message is the reason, for a person, to stand after "because". */
final class JobFailure extends Exception {
    private static final long serialVersionUID = 1;

    JobFailure(String why) {
        super(why);
    }
}
