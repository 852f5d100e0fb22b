// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

/** JSON that is not the result it should be. */
final class UnexpectedResultException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Says what is wrong, in our own words: no byte of the guest. */
    UnexpectedResultException(String what) {
        super(what, null, false, false);
    }

    String what() {
        return String.valueOf(getMessage());
    }
}
