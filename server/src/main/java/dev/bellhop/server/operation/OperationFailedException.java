// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

/** An operation cannot be done. The message is the reason, for a person, to follow "because". */
final class OperationFailedException extends Exception {
    private static final long serialVersionUID = 1;

    OperationFailedException(String why) {
        super(why);
    }
}
