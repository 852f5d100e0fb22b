// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

/** A line that is no JSON reply at all, or exceeds a limit: its connection is of no more use. */
final class MalformedReplyException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Says what is wrong, in our own words: no byte of the guest. */
    MalformedReplyException(String what) {
        super(what, null, false, false);
    }

    /** What is wrong, to follow "because". */
    String what() {
        return String.valueOf(getMessage());
    }
}
